# SPDX-License-Identifier: MIT
"""What the rounds come to: ratios of what was measured side by side, beside the goals."""
from rounds import CONTROL, spread

KAMAILIO_SIGNED = ("kamailio_file", "kamailio_value")
LATENCY_RATE = "8000"
# As for the fault rows: beyond it a rate is not the server's.
OTHERS_MAX_PERCENT = 15


class Goal:
    """`values`: one for each of `rounds`. `runs`: paths to what they are made of, in a round's facts. `is_least`: the
    figure must be at least `must`, else at most; it is the median of the rounds, or, `is_sum`, their sum. `control`: the
    same of a server that signs and is no server of SIP, by round; None where it is not known."""

    def __init__(self, what, rounds, runs, values, must, aim, unit="", is_least=True, is_sum=False, control=()):
        self.what, self.must, self.aim, self.unit = what, must, aim, unit
        self.is_least, self.is_sum = is_least, is_sum
        # What a round lacks must not make the others look like the whole.
        self.values = values if len(values) == len(rounds) else []
        self.others = [max((others_percent(run) for run in each_run([one], runs)), default=0) for one in rounds]
        self.quiet = [value for value, others in zip(self.values, self.others) if others <= OTHERS_MAX_PERCENT]
        pairs = [(value, control) for value, others, control in zip(self.values, self.others, control)
                 if control is not None and others <= OTHERS_MAX_PERCENT]
        self.pairs = pairs if 2 * len(pairs) > len(rounds) else []

    def figure(self, values):
        if self.is_sum:
            return {"median": sum(values), "low": sum(values), "high": sum(values)} if values else None
        return spread(values)

    def reaches(self, limit, values):
        figure = self.figure(values)["median"]
        return figure >= limit if self.is_least else figure <= limit

    def judged(self):
        """All rounds of a sum, and where those that others disturbed do no harm: others make nothing shorter. Else the
        rest, where it is most."""
        is_harmless = bool(self.values) and not self.is_least and self.reaches(self.must, self.values)
        return self.values if self.is_sum or is_harmless or 2 * len(self.quiet) <= len(self.values) else self.quiet

    def compared(self):
        """Medians of the control and of what is beyond it, pair by pair; None without enough pairs."""
        if not self.pairs:
            return None
        return {"control": spread([control for _, control in self.pairs])["median"],
                "beyond": spread([value - control for value, control in self.pairs])["median"]}

    def is_excused(self):
        """Late here, and by that much late without what is measured, too: its own share can be within the limit. A host
        that stops its machine for a while does not say so."""
        found = self.compared()
        return found is not None and found["control"] > self.must / 2 and found["beyond"] <= self.must

    def verdict(self):
        """A figure that others on the machine have made is neither met nor missed."""
        if not self.values:
            return "not measured"
        disturbed = f"disturbed ({max(self.others):.0f} %)"
        values = self.judged()
        is_reached = self.reaches(self.must, values)
        if self.is_sum and not is_reached:
            return "MISSED" if self.quiet and not self.reaches(self.must, self.quiet) else disturbed
        if 2 * len(self.quiet) <= len(self.values) and (self.is_least or not is_reached):
            return disturbed
        of = "" if len(values) == len(self.values) else f" in {len(values)} of {len(self.values)} rounds"
        if is_reached:
            return ("aim met" if self.reaches(self.aim, values) else "met") + of
        unclear = f"unclear ({self.compared()['control']:.3f} {self.unit} in the control)" if self.is_excused() else ""
        return (unclear or "MISSED") + of

    def facts(self):
        return {"what": self.what, "measured": self.figure(self.judged()), "must": self.must, "aim": self.aim,
                "unit": self.unit, "others_percent": max(self.others, default=0), "control": self.compared(),
                "verdict": self.verdict()}


def each(rounds, figure):
    """`figure` of every round that has what it takes."""
    values = []
    for one in rounds:
        try:
            values.append(figure(one))
        except (KeyError, TypeError, ZeroDivisionError):
            pass
    return values


def each_run(rounds, paths):
    """The facts at each path of each round: "shaken302", or "shaken302/open_loop/8000"."""
    for one in rounds:
        for path in paths:
            facts = one
            for name in path.split("/"):
                facts = facts.get(name, {})
            yield facts


def others_percent(run):
    """What others had of the machine meanwhile."""
    return min(100, run.get("others_percent", 0))


def disturbed(rounds):
    """What was measured while others had too much of the machine."""
    for index, one in enumerate(rounds, 1):
        for key, facts in one.items():
            runs = {key: facts} | {f"{key} at {rate}": run for rate, run in facts.get("open_loop", {}).items()}
            for name, run in runs.items():
                if others_percent(run) > OTHERS_MAX_PERCENT:
                    yield f"round {index}, {name}: {others_percent(run):.0f} %"


def fastest_kamailio(rounds):
    """Its fastest form is the one that counts; how fast it is when others disturb it says nothing of that."""
    def rate(key):
        runs = [one[key] for one in rounds if "calls_per_s" in one.get(key, {})]
        quiet = [run for run in runs if others_percent(run) <= OTHERS_MAX_PERCENT]
        found = spread([run["calls_per_s"] for run in quiet or runs])
        return found["median"] if found else 0
    return max(KAMAILIO_SIGNED, key=rate)


def ratio(rounds, above, below, name="calls_per_s"):
    return each(rounds, lambda one: one[above][name] / one[below][name])


def two_workers(one):
    """Calls a second of processor time with two workers to those with one, by what two cores at once are worth here."""
    speed = one["openssl_speed"]
    worth = speed["multi"] / (2 * speed["one"])
    return one["shaken302_2_workers"]["calls_per_cpu_s"] / one["shaken302"]["calls_per_cpu_s"] / worth


def open_loop(rounds, key, rate, name):
    return each(rounds, lambda one: one[key]["open_loop"][rate][name])


def wrong_of_shaken302(one):
    """Answers that were not as they must be, in closed and in open loop; `wrong` counts what did not verify, too. A run
    that failed has no such number, and then there is none of the round."""
    runs = [facts for key, facts in one.items() if key.startswith("shaken302")]
    runs += [facts for run in runs for facts in run.get("open_loop", {}).values()]
    if any("failure" in run for run in runs):
        raise KeyError("what a failed run answered is not known")
    return sum(run["wrong"] for run in runs)


def ratio_goal(rounds, what, above, below, must, aim, name="calls_per_s"):
    return Goal(what, rounds, [above, below], ratio(rounds, above, below, name), must, aim)


def control_p99_ms(one):
    """Of the control in a round; None where it failed, others disturbed it, or the rate is more than it can do: then it
    is late by its own queue."""
    run = one.get(CONTROL, {}).get("open_loop", {}).get(LATENCY_RATE)
    is_fit = (run and others_percent(run) <= OTHERS_MAX_PERCENT
              and int(LATENCY_RATE) <= 0.95 * one[CONTROL]["calls_per_s"])
    return run["p99_us"] / 1000 if is_fit else None


def open_loop_goals(rounds):
    runs = [f"shaken302/open_loop/{LATENCY_RATE}"]
    p99_ms = [us / 1000 for us in open_loop(rounds, "shaken302", LATENCY_RATE, "p99_us")]
    return [Goal(f"p99 at {LATENCY_RATE} calls/s", rounds, runs, p99_ms, 1.0, 0.6, "ms", False,
                 control=[control_p99_ms(one) for one in rounds]),
            sum_goal(f"calls lost at {LATENCY_RATE} calls/s, all rounds", rounds, runs,
                     open_loop(rounds, "shaken302", LATENCY_RATE, "lost"))]


def sum_goal(what, rounds, runs, values):
    """What must not be, over all rounds."""
    return Goal(what, rounds, runs, values, 0, 0, is_least=False, is_sum=True)


def goals_of(rounds, growth):
    kamailio = fastest_kamailio(rounds)
    goals = [
        Goal("signed 302s a second on one core, x S", rounds, ["shaken302", "openssl_speed"],
             each(rounds, lambda one: one["shaken302"]["calls_per_s"] / one["openssl_speed"]["one"]), 0.60, 0.66),
        ratio_goal(rounds, f"x Kamailio + secsipid ({kamailio})", "shaken302", kamailio, 2.0, 2.3),
        # Of processor time: either may answer faster than the load can ask.
        ratio_goal(rounds, "unsigned, x Kamailio's plain 302, per server second", "shaken302_unsigned",
                   "kamailio_plain", 1.0, 1.0, "calls_per_cpu_s"),
        Goal("2 workers, calls per server second, x 1 worker", rounds,
             ["shaken302_2_workers", "shaken302", "openssl_speed"],
             each(rounds, two_workers), 0.9, 0.98),
        ratio_goal(rounds, "TCP, 2 connections, x UDP", "shaken302_tcp", "shaken302", 0.9, 1.0),
        ratio_goal(rounds, "TLS, 2 connections, x UDP", "shaken302_tls", "shaken302", 0.8, 0.9),
        *open_loop_goals(rounds),
        sum_goal("wrong answers of shaken302, all rounds", rounds, [], each(rounds, wrong_of_shaken302)),
        sum_goal("decisions of shaken302 that its log dropped", rounds, [],
                 each(rounds, lambda one: one["unlogged"]["decisions"])),
    ]
    if growth:
        failed = "failure" in growth
        what = f"memory growth over {growth['calls']:,} calls" + ("" if failed else f" after {growth['warm_up_calls']:,}")
        goals.append(Goal(what, [growth], [], [] if failed else [growth["growth_kib"]], 256, 0, "KiB", False))
        goals.append(Goal("wrong answers over these calls", [growth], [], [] if failed else [growth["wrong"]], 0, 0, "", False))
    return goals


def summary(rounds, everybody):
    """By contender: spread of each figure, and the sums of what must not be."""
    figures = ("calls_per_s", "cpu_us_per_call", "calls_per_cpu_s", "p50_us", "p99_us", "p999_us", "server_busy",
               "load_busy")
    table = {}
    for contender in everybody:
        facts = {name: spread(each(rounds, lambda one: one[contender.key][name])) for name in figures}
        for name, rate in (("x_s", "calls_per_s"), ("cpu_x_s", "calls_per_cpu_s")):
            facts[name] = spread(each(rounds, lambda one: one[contender.key][rate] / one["openssl_speed"]["one"]))
        for name in ("lost", "wrong", "verified", "verify_failed"):
            facts[name] = sum(each(rounds, lambda one: one[contender.key][name]))
        facts["rss_kib"] = [spread(each(rounds, lambda one: one[contender.key][name]))
                            for name in ("rss_before_kib", "rss_after_kib")]
        facts["title"] = contender.title
        facts["failures"] = sorted(set(each(rounds, lambda one: one[contender.key]["failure"])))
        table[contender.key] = facts
    return table


def number(found, digits=0, scale=1.0):
    return "-" if found is None else f"{found['median'] * scale:,.{digits}f}"


def quartiles(found):
    return "" if found is None else f"[{found['low']:,.0f}, {found['high']:,.0f}]"


def contender_lines(table):
    yield (f"{'':<40} {'calls/s':>9} {'quartiles':<20} {'x S':>5} {'us/call':>8} {'cpu x S':>7} {'lost':>6} "
           f"{'wrong':>6} {'MiB':>6} {'after':>6}  busy")
    for facts in table.values():
        if facts["failures"]:
            yield f"{facts['title']:<40} could not be measured: {facts['failures'][0].splitlines()[0][:300]}"
        if facts["calls_per_s"] is None:
            continue
        before, after = (number(found, 1, 1 / 1024) for found in facts["rss_kib"])
        # A load that was itself at its end says less about the server than the processor time does.
        busy = f"server {number(facts['server_busy'], 0, 100)} %, load {number(facts['load_busy'], 0, 100)} %"
        yield (f"{facts['title']:<40} {number(facts['calls_per_s']):>9} {quartiles(facts['calls_per_s']):<20} "
               f"{number(facts['x_s'], 2):>5} {number(facts['cpu_us_per_call'], 1):>8} "
               f"{number(facts['cpu_x_s'], 2):>7} {facts['lost']:>6} "
               f"{facts['wrong']:>6} {before:>6} {after:>6}  {busy}")


def latency_table(rounds, keys):
    found = {}
    for key in keys:
        rates = sorted({rate for one in rounds for rate in one.get(key, {}).get("open_loop", {})},
                       key=lambda rate: (not rate.isdigit(), int(rate) if rate.isdigit() else 0))
        found[key] = {rate: {name: spread(open_loop(rounds, key, rate, name))
                             for name in ("offered_per_s", "calls_per_s", "p50_us", "p99_us", "p999_us")} |
                      {"lost": sum(open_loop(rounds, key, rate, "lost"))} for rate in rates}
    return found


def latency_lines(latencies, titles):
    yield (f"{'open loop, from when a call is due':<56} {'offered/s':>10} {'p50 us':>9} {'p99 us':>9} {'p99.9 us':>9} "
           f"{'lost':>6}")
    for key, rates in latencies.items():
        for rate, facts in rates.items():
            wanted = f"{titles[key]}, {rate}" + (" of its maximum" if "%" in rate else " calls/s")
            yield (f"{wanted:<56} {number(facts['offered_per_s']):>10} {number(facts['p50_us']):>9} "
                   f"{number(facts['p99_us']):>9} {number(facts['p999_us']):>9} {facts['lost']:>6}")


def memory_lines(growth):
    if growth and "failure" not in growth:
        begin, warm, end = (f"{growth[name] / 1024:,.1f} MiB" for name in ("begin_kib", "warm_up_kib", "end_kib"))
        yield (f"memory at the start {begin}, after {growth['warm_up_calls']:,} calls {warm}, after {growth['calls']:,} "
               f"more {end}")


def goal_lines(goals):
    yield f"{'':<56} {'measured':>10} {'':<6} {'must':>8} {'aim':>8}"
    for goal in goals:
        yield (f"{goal.what:<56} {number(goal.figure(goal.judged()), 2):>10} {goal.unit:<6} {goal.must:>8} {goal.aim:>8}  "
               f"{goal.verdict()}")
