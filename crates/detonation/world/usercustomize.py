# Waiting takes no time here, and the clock goes as if it had. Packages that are not installed are looked for in one more place.
import os
import sys
import time

_sleep, _time, _monotonic, _waited = time.sleep, time.time, time.monotonic, [0.0]


def sleep(seconds):
    _waited[0] += max(0.0, float(seconds))
    _sleep(min(max(0.0, float(seconds)), 0.01))


time.sleep = sleep
time.time = lambda: _time() + _waited[0]
time.monotonic = lambda: _monotonic() + _waited[0]
sys.path.append(os.path.join(os.path.expanduser("~"), ".local/share/python"))
