"""The Hold model with SimPy processes. Prints CPU nanoseconds per event.

Usage: simpy_hold.py PENDING WARM_UP EVENTS
"""
import os
import random
import sys
import time

import simpy


def main():
    pending, warm_up, events = (int(argument) for argument in sys.argv[1:4])
    environment = simpy.Environment()
    draw = random.Random(1).expovariate
    count = 0
    start = 0.0

    def process():
        nonlocal count, start
        while True:
            yield environment.timeout(draw(1.0))
            count += 1
            if count == warm_up:
                start = time.thread_time()
            elif count == warm_up + events:
                print(f"{(time.thread_time() - start) / events * 1e9:.2f}", flush=True)
                os._exit(0)

    for _ in range(pending):
        environment.process(process())
    environment.run()


main()
