"""`flowengine sandbox` as a process, and reached as a user reaches it."""

import json
import signal
import subprocess
import sys
import urllib.request


def test_it_prints_where_each_api_is_and_serves_it() -> None:
    command = [sys.executable, "-m", "flowengine", "sandbox", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            carriers = {api["carrier"] for api in told["apis"]}
            assert carriers == {"telefonie", "voipbin", "finespeak", "sms-voip", "speko"}
            api = next(api for api in told["apis"] if api["carrier"] == "sms-voip")
            request = urllib.request.Request(
                f"{api['base_url']}/ping", headers={"Authorization": f"Bearer {api['key']}"}
            )
            with urllib.request.urlopen(request, timeout=5) as answer:
                assert json.load(answer) == {"pong": True}
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
