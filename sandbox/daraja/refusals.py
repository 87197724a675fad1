"""Daraja's refusals, with the HTTP status, code and text it gives them (docs/daraja.md)."""

import secrets

from aiohttp import web


class DarajaRefusal(Exception):
    """A call that Daraja turns down before acting."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> web.Response:
        """Return it in Daraja's error envelope."""
        return web.json_response(
            {
                "requestId": f"{secrets.randbelow(90_000) + 10_000}-{secrets.token_hex(4)}-1",
                "errorCode": self.code,
                "errorMessage": self.message,
            },
            status=self.status,
        )


def invalid_field(field: str) -> DarajaRefusal:
    """Return the refusal that names the field it did not like."""
    return DarajaRefusal(400, "400.002.02", f"Bad Request - Invalid {field}")


def refused_by_mpesa(message: str) -> DarajaRefusal:
    """Return M-Pesa's own refusal: one code for many meanings, only the text differs."""
    return DarajaRefusal(500, "500.001.1001", message)


def invalid_payload() -> DarajaRefusal:
    """Return the refusal of a body that is no JSON object."""
    return DarajaRefusal(400, "400.002.05", "Invalid Request Payload")


def method_not_allowed() -> DarajaRefusal:
    """Return the refusal of a wrong HTTP method."""
    return DarajaRefusal(405, "405.001", "Method Not Allowed")


def not_found() -> DarajaRefusal:
    """Return the refusal of a path Daraja does not have."""
    return DarajaRefusal(404, "404.001.01", "Resource not found")


def invalid_push_token() -> DarajaRefusal:
    """Return what an STK push with an expired or unknown token gets."""
    return DarajaRefusal(404, "404.001.03", "Invalid Access Token")


def invalid_query_token() -> DarajaRefusal:
    """Return what a query with an expired or unknown token gets: not what a push gets."""
    return DarajaRefusal(400, "400.003.01", "Invalid Access Token")


def invalid_authentication() -> DarajaRefusal:
    """Return the refusal of credentials that are no Basic ones, or of no known app."""
    return DarajaRefusal(400, "400.008.01", "Invalid Authentication passed")


def invalid_grant_type() -> DarajaRefusal:
    """Return the refusal of any grant but client_credentials."""
    return DarajaRefusal(400, "400.008.02", "Invalid grant type passed")


def system_busy() -> DarajaRefusal:
    """Return the refusal of a platform with too much to do."""
    return DarajaRefusal(500, "500.003.02", "System is busy. Please try again in few minutes.")


def quota_violation() -> DarajaRefusal:
    """Return the refusal of a merchant who has used up what he may ask for."""
    return DarajaRefusal(500, "500.003.03", "Quota Violation")


def spike_arrest() -> web.Response:
    """Return the gateway's own refusal: Apigee's body, with no errorCode."""
    fault = {
        "faultstring": "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5, "
        "periodInMicroseconds=60000000, maxBurstMessageCount=1.0}",
        "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
    }
    return web.json_response({"fault": fault}, status=429)


def gateway_down() -> web.Response:
    """Return the HTML page of a gateway with nothing behind it."""
    page = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
    return web.Response(text=page, status=503, content_type="text/html")
