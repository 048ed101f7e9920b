"""First step: makes one work item of each order in the input."""

from runtime import Runtime

runtime = Runtime()
for item in runtime.items():
    payload = runtime.data(item)
    orders = payload.get("orders") if isinstance(payload, dict) else None
    if not isinstance(orders, list):
        runtime.fail(item, "BUSINESS", "NO_ORDERS", 'Expected {"orders": [...]} as the input.')
        continue
    for order in orders:
        runtime.output(item, order)
    runtime.complete(item)
    print(f"Split into {len(orders)} orders.")
