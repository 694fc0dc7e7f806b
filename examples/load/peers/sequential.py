"""Imports customers one after another: python3 sequential.py job.json"""

import sys

from vendor import import_customer, load


def main():
    job, lmp, manager = load(sys.argv[1])
    for customer in job["customers"]:
        import_customer(job, lmp, manager, customer)


if __name__ == "__main__":
    main()
