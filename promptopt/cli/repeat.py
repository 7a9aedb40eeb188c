"""promptopt repeat"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from promptopt.cli.run_options import config_of_options, run_options

if TYPE_CHECKING:
    from promptopt.runs.config import RunConfig
    from promptopt.runs.state import RunState


@click.command("repeat")
@run_options
@click.option(
    "--repeats",
    metavar="N",
    type=click.IntRange(min=1, max=1000),
    default=3,
    show_default=True,
    help="How many runs, each with the next seed.",
)
@click.option("--anew", is_flag=True, help="Start new runs, even where the same ones are there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def command(repeats: int, anew: bool, as_json: bool, **options: Any) -> int:
    """Run a search with several seeds and say how sure its gain is.

    Each run draws splits, demonstrations and proposals of its own, so that what they have in
    common is the method's doing. A limit holds for each of them. Ctrl-C stops the run that is
    going on, and the runs that have ended are summed up.

    The same command again takes up what is there: a run of the same configuration and data that
    is done is counted, and one that was stopped, failed or broke off goes on.
    """
    from promptopt.cli.follow import follow
    from promptopt.cli.interrupt import interrupt_held
    from promptopt.cli.output import tell
    from promptopt.runs import control
    from promptopt.runs.store import Store

    config = config_of_options(**options)
    ended: list[tuple[int, RunState]] = []
    status = 0
    with Store() as store:
        for number in range(repeats):
            one = _with_seed(config, config.seed + number)
            there = None if anew else control.same_run(store, one)
            run_id = there or control.create(store, one)
            state = store.state(run_id)
            done = state.status == "done" and not state.reopened
            told = f"run {number + 1} of {repeats}, seed {one.seed}: {run_id}"
            if there:
                told += ", which is done already" if done else ", which is there and goes on"
            if not done:
                with interrupt_held() as interrupt:
                    control.resume(store, run_id)
                    tell(told)
                # Progress belongs to stderr where stdout holds one object for all.
                status = follow(
                    store,
                    run_id,
                    as_json=False,
                    interrupted=interrupt.pressed,
                    quiet=as_json,
                    told=state.log_total,
                )
                if status:
                    if number + 1 < repeats:
                        tell("the same command takes up what is there and goes on with the rest")
                    break
                state = store.state(run_id)
            else:
                tell(told)
            ended.append((one.seed, state))
    _sum_up(ended, as_json=as_json)
    return status


def _with_seed(config: RunConfig, seed: int) -> RunConfig:
    import msgspec

    name = f"{config.name}-{seed}" if config.name is not None else None
    return msgspec.structs.replace(config, seed=seed, name=name)


def _sum_up(ended: list[tuple[int, RunState]], *, as_json: bool) -> None:
    from promptopt.cli.output import say, say_json, say_table
    from promptopt.evaluation.score import short
    from promptopt.results.numbers import counted, interval_text, signed
    from promptopt.results.repeats import over_runs
    from promptopt.results.summary import score_object

    tested = [
        (seed, state, state.seed_prompt.test, state.best.test)
        for seed, state in ended
        if state.seed_prompt and state.seed_prompt.test and state.best and state.best.test
    ]
    gains = [best.mean - before.mean for _, _, before, best in tested]
    gain = over_runs(gains)
    if as_json:
        runs = [
            {
                "run_id": state.run_id,
                "seed": seed,
                "seed_prompt": score_object(before),
                "best": score_object(best),
                "gain": best.mean - before.mean,
            }
            for seed, state, before, best in tested
        ]
        told = None
        if gain is not None:
            told = {
                "mean": gain.mean,
                "stderr": gain.stderr,
                "n": gain.n,
                "interval": list(gain.interval) if gain.interval else None,
            }
        say_json({"runs": runs, "gain": told})
        return
    if gain is None:
        say("no run has come to its test")
        return
    say("")
    rows = [
        (str(seed), state.run_id, str(before), str(best), signed(best.mean - before.mean))
        for seed, state, before, best in tested
    ]
    say_table(("seed", "run", "seed prompt, test", "best, test", "gain"), rows, right="seed gain")
    line = f"gain on test over {counted(gain.n, 'run')}: {signed(gain.mean)}"
    if gain.stderr is not None and gain.interval is not None:
        line += f" (± {short(gain.stderr)}; {interval_text(gain.interval)})"
    else:
        line += ", which says nothing yet of how far runs lie apart"
    say(line)
