"""The application ends when its Litestream ends, however that ends.

Measured: where the application goes on without Litestream, or the other way round, the replica can take in a
transaction that never happened, without a warning. `litestream replicate -exec` covers one direction; Linux's
parent-death signal (prctl(2), PR_SET_PDEATHSIG) covers the other.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PARENT_VARIABLE = "TONGBAN_LITESTREAM"
_PR_SET_PDEATHSIG = 1


def under_litestream() -> bool:
    """Whether this process is the application that `replica.run_under_litestream` had Litestream start."""
    return PARENT_VARIABLE in os.environ


def die_with_parent() -> None:
    """From now on the kernel kills this process (SIGKILL) as soon as its parent ends. Linux only.

    Call it first thing in the main thread. Where the parent named by `run_under_litestream` has ended already, before
    the kernel was asked, this process ends here. Raises OSError where the kernel refuses."""
    if sys.platform != "linux":
        raise OSError("there is no parent-death signal on this system")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    expected = os.environ.get(PARENT_VARIABLE)
    if expected is not None and expected != str(os.getppid()):
        os.kill(os.getpid(), signal.SIGKILL)
