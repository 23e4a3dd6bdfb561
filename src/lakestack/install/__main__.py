"""python -m lakestack.install NAME...: install the named components; the images are built with it, without the command's own libraries."""

import sys

from lakestack.errors import InstallError
from lakestack.install.components import components


def main(names: list[str]) -> int:
    known = {component.name: component for component in components()}
    if unknown := sorted(set(names) - set(known)) or not names:
        print(f"lakestack.install: {unknown or 'nothing'} is none of the components {sorted(known)}.", file=sys.stderr)
        return 2
    for name in names:
        try:
            known[name].install(lambda _count: None)
        except InstallError as error:
            print(f"lakestack.install: {error}", file=sys.stderr)
            return 1
        print(f"{name} is in {known[name].path}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
