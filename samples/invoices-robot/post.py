"""Second step: posts the orders, one after the other. What cannot be posted fails alone."""

import csv
import os

from runtime import Runtime


class BadOrder(Exception):
    """The order itself is wrong: another try would not help."""


class TemporaryFault(Exception):
    """The books could not be reached: another try may go well."""


def check(order):
    if not isinstance(order, dict) or not str(order.get("id") or "").strip():
        raise BadOrder("The order has no id.")
    total = order.get("total")
    if isinstance(total, bool) or not isinstance(total, (int, float)) or total <= 0:
        raise BadOrder(f"The order {order['id']} has no total above zero.")


def post(order, books):
    # Stands for a system that is sometimes away.
    if order.get("fault") == "temporary":
        raise TemporaryFault(f"The books did not answer for order {order['id']}.")
    books.writerow([order["id"], order.get("customer", ""), order["total"]])


def main():
    runtime = Runtime()
    posted = failed = 0
    with open(os.path.join(os.environ.get("ROBOT_ARTIFACTS", "output"), "posted.csv"), "a", newline="") as file:
        books = csv.writer(file)
        for item in runtime.items():
            try:
                order = runtime.data(item)
                check(order)
                post(order, books)
                runtime.complete(item)
                posted += 1
            except BadOrder as fault:
                runtime.fail(item, "BUSINESS", "BAD_ORDER", str(fault))
                failed += 1
            except TemporaryFault as fault:
                runtime.fail(item, "APPLICATION", "BOOKS_AWAY", str(fault))
                failed += 1
    print(f"Posted {posted} orders, {failed} failed.")


main()
