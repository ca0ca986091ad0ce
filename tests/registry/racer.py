"""One process of clients that race: eight threads, each of which admits one application when it is told to.

Reads lines of `{"begin": monotonic seconds, "applications": [eight]}`, writes a line of what each was told.
"""

import json
import sys
import threading
import time
from typing import Any

from registry.make import WHO

from onboarding import InputError, admit
from onboarding.registry import open_database


def main(address: str) -> None:
    with open_database(address) as registry:

        def run(application: dict[str, Any], begin: float, told: list[Any], place: int) -> None:
            time.sleep(max(0.0, begin - time.monotonic()))
            try:
                made = admit(application, registry=registry, **WHO)
                told[place] = [made.verdict, made.shop_id, made.repeated, [o.rule for o in made.report.failures]]
            except InputError as error:
                told[place] = ["error", None, False, [str(error)]]

        print("ready", flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            told: list[Any] = [["lost", None, False, []]] * len(order["applications"])
            threads = [
                threading.Thread(target=run, args=(application, order["begin"], told, place))
                for place, application in enumerate(order["applications"])
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
