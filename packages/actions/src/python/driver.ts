/**
 * What runs inside the Python process: reads a request a line, answers a line. The answers have a channel of their own;
 * whatever the script or a library prints goes another way, so that no print can be taken for an answer.
 */
export const DRIVER = String.raw`
import io, json, os, sys, traceback

channel = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
os.dup2(2, 1)
requests = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="\n")

def send(message):
    channel.write(json.dumps(message, default=str, allow_nan=False) + "\n")
    channel.flush()

class Printed(io.TextIOBase):
    def __init__(self):
        self.rest = ""
    def writable(self):
        return True
    def write(self, text):
        self.rest += text
        while "\n" in self.rest or len(self.rest) > 8000:
            cut = self.rest.find("\n")
            cut = 8000 if cut < 0 or cut > 8000 else cut
            send({"log": self.rest[:cut]})
            self.rest = self.rest[cut:].removeprefix("\n")
        return len(text)
    def finish(self):
        if self.rest:
            send({"log": self.rest})
        self.rest = ""

printed = Printed()
sys.stdout = printed
state = {"source": "", "path": "<script>", "names": {}}

def run(name):
    names = {"__name__": name, "__file__": state["path"]}
    exec(compile(state["source"], state["path"], "exec"), names)
    return names

def plain(value):
    if isinstance(value, (set, frozenset)):
        return list(value)
    return str(value)

def answer(request):
    kind = request["kind"]
    if kind == "load":
        state["source"], state["path"] = request["source"], request["path"] or "<script>"
        if request["path"]:
            sys.path.insert(0, os.path.dirname(request["path"]))
        state["names"] = run("script")
        return None
    if kind == "run":
        run("__main__")
        return None
    found = state["names"].get(request["name"])
    if not callable(found):
        raise LookupError("the script has no function " + json.dumps(request["name"]))
    value = found(*request["arguments"])
    return json.loads(json.dumps(value, default=plain, allow_nan=False))

def place(error):
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == state["path"]]
    return lines[-1] if lines else getattr(error, "lineno", None)

for line in requests:
    try:
        reply = {"value": answer(json.loads(line))}
    except BaseException as error:
        reply = {"error": type(error).__name__ + ": " + str(error), "line": place(error)}
    printed.finish()
    send(reply)
`;
