import re

_LINE = re.compile(r'(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="[^"\n]*"(?:,\w+="[^"\n]*")*\})? \d+)')


async def metrics(browser):
    response = await browser.get("/metrics")
    assert response.status == 200
    assert response.content_type == "text/plain"
    return (await response.text()).splitlines()


async def test_every_line_is_of_the_format(browser):
    lines = await metrics(browser)

    assert [line for line in lines if not _LINE.fullmatch(line)] == []


async def test_requests_are_counted_by_route_and_status_and_never_by_path(browser):
    for token in ("5ecre7", "5ecre8"):
        await browser.post(f"/api/payments/callback/{token}", data=b"{}")
    await browser.get("/api/plans")
    await browser.get("/5ecre7")

    lines = await metrics(browser)

    name = "fluxpay_http_requests_total"
    route = "/api/payments/callback/{token}"
    assert f'{name}{{route="{route}",status="200"}} 2' in lines
    assert f'{name}{{route="/api/plans",status="401"}} 1' in lines
    assert f'{name}{{route="unmatched",status="404"}} 1' in lines
    assert "5ecre7" not in str(lines)


async def test_callbacks_are_counted_by_their_outcome(browser, bare_engine):
    bare_engine.measures.counted = {"settled": 3, "junk": 2}

    lines = await metrics(browser)

    assert 'fluxpay_callbacks_total{outcome="settled"} 3' in lines
    assert 'fluxpay_callbacks_total{outcome="junk"} 2' in lines


async def test_the_depth_of_every_queue_is_told(browser):
    lines = await metrics(browser)

    assert 'fluxpay_queue_depth{queue="callbacks"} 1' in lines
    assert 'fluxpay_queue_depth{queue="updates"} 2' in lines
    assert 'fluxpay_queue_depth{queue="notices"} 3' in lines
    assert 'fluxpay_queue_depth{queue="prompts"} 4' in lines
    assert "fluxpay_database_up 1" in lines


async def test_without_the_database_the_rest_is_told(browser, bare_engine):
    bare_engine.measures.trouble = ConnectionRefusedError("no database")
    await browser.get("/healthz")

    lines = await metrics(browser)

    assert "fluxpay_database_up 0" in lines
    assert 'fluxpay_http_requests_total{route="/healthz",status="200"} 1' in lines
    assert not [line for line in lines if "queue_depth" in line]
