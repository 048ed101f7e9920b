/** What a program needs to find others and its place. All else stays with the runner: its own settings may be secret. */
const PLACES =
  /^(path|home|user|username|lang|lc_\w+|tz|tmpdir|temp|tmp|systemroot|systemdrive|windir|comspec|userprofile|homedrive|homepath|appdata|localappdata|programdata|pathext|computername)$/i;
/** How it gets out to the network from here. */
const NETWORK =
  /^((https?|all|no|ftp)_proxy|ssl_cert_(file|dir)|requests_ca_bundle|curl_ca_bundle|node_extra_ca_certs)$/i;
/** What those who set up this device told the tools that install: which index, which mirror, where their caches are. */
const INSTALLING = /^(pip|uv|conda|mamba|rcc|robocorp|xdg)_\w+$/i;

export type Environment = Readonly<Record<string, string>>;

/** For robots: of the runner's environment, no more than they need. */
export function robotSurroundings(of: NodeJS.ProcessEnv = process.env): Environment {
  return keep(of, (name) => PLACES.test(name) || NETWORK.test(name));
}

/** For the tools that build environments. They may be told passwords of indexes, which robots are not. */
export function builderSurroundings(of: NodeJS.ProcessEnv = process.env): Environment {
  return keep(of, (name) => PLACES.test(name) || NETWORK.test(name) || INSTALLING.test(name));
}

function keep(of: NodeJS.ProcessEnv, kept: (name: string) => boolean): Environment {
  return Object.fromEntries(
    Object.entries(of).flatMap(([name, value]) => {
      if (value === undefined || !kept(name)) return [];
      // Windows writes it in other letters, and would have two when we add to it.
      return [[/^path$/i.test(name) ? 'PATH' : name, value]];
    }),
  );
}
