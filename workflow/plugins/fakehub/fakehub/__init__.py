"""A fake Hugging Face Hub on loopback, for tests only: Jobs, buckets and the Xet store behind them.

The real `huggingface_hub` client and `hf_xet` talk to it over HTTP. See the README beside this package.
"""

from fakehub.faults import Fault, Kind
from fakehub.messages import HubError
from fakehub.server import FakeHub, RequestLog, Seen

__all__ = ["FakeHub", "Fault", "HubError", "Kind", "RequestLog", "Seen"]
