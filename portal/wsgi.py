"""What the web server imports."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
UTF8 = re.compile(r'charset\s*=\s*"?utf-?8"?\s*(;|$)', re.IGNORECASE)


def only_utf8(application: Application) -> Application:
    """Drop any other charset: one that is no text (`charset=hex`) breaks Django before
    its first middleware, and the answer would be a bare 500 (WEB-07)."""

    def guarded(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        kind = environ.get("CONTENT_TYPE") or ""
        if "charset" in kind.lower() and not UTF8.search(kind):
            environ["CONTENT_TYPE"] = kind.split(";")[0]
        return application(environ, start_response)

    return guarded


application = only_utf8(get_wsgi_application())
