"""Make aioresponses 0.7.9 work with aiohttp 3.14 and later; importing this module is enough.

aiohttp 3.14 gave `ClientResponse` a required argument, `stream_writer`, which aioresponses does
not pass: https://github.com/pnuckowski/aioresponses/issues/289. Delete this file
once that is fixed.
"""

from types import SimpleNamespace

import aioresponses.core
from aiohttp import ClientResponse


class _Response(ClientResponse):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("stream_writer", SimpleNamespace(output_size=0))
        super().__init__(*args, **kwargs)


aioresponses.core.ClientResponse = _Response
