"""Fails where less is covered than the project promises: branches of the core, lines of the config flow."""

import json
from pathlib import Path
import sys

PACKAGE = "custom_components/ev_charger_pool"
BRANCHES = {f"{PACKAGE}/pool/": 95.0}
LINES = {f"{PACKAGE}/config_flow.py": 100.0, f"{PACKAGE}/flow/": 100.0}


def share(files: dict[str, dict[str, dict[str, int]]], prefix: str, covered: str, total: str) -> float:
    """Percent covered of all files below a path."""
    summaries = [data["summary"] for name, data in files.items() if name.startswith(prefix)]
    return 100.0 * sum(summary[covered] for summary in summaries) / sum(summary[total] for summary in summaries)


def main() -> int:
    """Print a line per promise; 1 where one is broken."""
    files = json.loads(Path(sys.argv[1]).read_text())["files"]
    results = [
        (prefix, "branches", floor, share(files, prefix, "covered_branches", "num_branches"))
        for prefix, floor in BRANCHES.items()
    ]
    results += [
        (prefix, "lines", floor, share(files, prefix, "covered_lines", "num_statements"))
        for prefix, floor in LINES.items()
    ]
    for prefix, what, floor, covered in results:
        print(f"coverage: {covered:.1f} % of the {what} of {prefix} (at least {floor:g} %)")
    return int(any(covered < floor for _, _, floor, covered in results))


if __name__ == "__main__":
    sys.exit(main())
