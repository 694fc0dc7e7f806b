"""Imports customers with eight asynchronous workers: python3 eight_workers.py job.json"""

import asyncio
import sys

from vendor import import_customer, load

WORKERS = 8


async def worker(queue, job, lmp, manager):
    while not queue.empty():
        customer = queue.get_nowait()
        await asyncio.to_thread(import_customer, job, lmp, manager, customer)


async def main():
    job, lmp, manager = load(sys.argv[1])
    queue = asyncio.Queue()
    for customer in job["customers"]:
        queue.put_nowait(customer)
    await asyncio.gather(*(worker(queue, job, lmp, manager) for _ in range(WORKERS)))


if __name__ == "__main__":
    asyncio.run(main())
