"""`make bench`: all benchmarks, or those named: `python -m tests.bench push wire`.

`intake --records 3000000` tells the rate of every half million up to a log of three million, and then what a sync with
nothing new costs the hub there: for each of two sizes of batches it takes about ten minutes and 6 GB of disk, which it
gives back. `no-change` measures the same over HTTP with everything folded, which takes hours at that size.
"""

from __future__ import annotations

import argparse

from tests.bench import absence, catalogue, crowd, decision, finding, folding, intake, publishing, station, sync
from tests.bench.report import machine

NAMES = (
    *("push", "no-change", "station", "intake", "fold", "wire", "decision", "peers", "return", "absence"),
    *("catalogue", "publish", "search"),
)

FOLD = """\
fold: a hub process takes records in over HTTP and folds them into case files, worklist and streams. What 30 stations
send was signed and packed before and costs the machine next to nothing; a record counts when it is folded. The rate is
told for each tenth of --records (1000000: for each 100,000) with what waits to be folded at that moment, so that it
shows whether the rate lasts and whether the fold falls behind; then the rate of the whole, from the first push to the
last record folded. The target is meant for a machine that checks 22,800 signatures a second;
`target_of_this_machine` is its share at the number that this one checked before and after the run."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description="benchmarks; JSON lines", epilog=FOLD, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="which (default: all)")
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--records", type=int, default=300_000, help="how long the hub's log grows (intake, fold)")
    parser.add_argument("--compared", type=int, default=10_000, help="records that are pushed beside each peer (peers)")
    parser.add_argument("--stations", type=int, default=2400, help="how many return at once (return)")
    parser.add_argument(
        "--others", type=int, default=50_000, help="records at the small hub, a tenth of the large (absence)"
    )
    parser.add_argument(
        "--away", type=int, default=20_000, help="records of a station, two thirds of what waits (absence)"
    )
    parser.add_argument("--items", type=int, default=66_000, help="items of the catalogue (catalogue)")
    parser.add_argument("--searched", type=int, default=10_000, help="items that a station searches (search)")
    options = parser.parse_args()
    wanted = options.names or NAMES
    machine()
    if "push" in wanted:
        sync.push(options.cases, options.runs)
    if "no-change" in wanted:
        sync.no_change((100, options.cases))
    if "station" in wanted:
        station.at_the_counter((100, options.cases))
    if "intake" in wanted:
        intake.intake(options.records)
    if "fold" in wanted:
        folding.folding(options.records)
    if "wire" in wanted:
        intake.wire()
    if "decision" in wanted:
        decision.decision()
    if "peers" in wanted:
        sync.peers(options.cases, options.compared, options.runs)
    if "return" in wanted:
        crowd.returning(options.stations)
    if "catalogue" in wanted:
        catalogue.audit(options.items)
        catalogue.import_files(options.items)
    if "publish" in wanted:
        publishing.publish(min(options.items, 3000), options.stations)
    if "search" in wanted:
        finding.finding(options.searched)
    if "absence" in wanted:
        absence.absence(options.away, options.away * 3 // 2, (options.others, 10 * options.others))


if __name__ == "__main__":
    main()
