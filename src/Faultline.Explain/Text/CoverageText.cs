using System.Globalization;
using Faultline.Engine.Search;

namespace Faultline.Explain.Text;

/// <summary>What a strategy that is not exhaustive covered, in words that cannot be read as a proof.</summary>
public static class CoverageText
{
    /// <summary>The lines that go before everything else.</summary>
    /// <param name="search">The search; not complete.</param>
    /// <param name="coverage">What it covered.</param>
    public static IEnumerable<string> Warning(SearchResult search, Coverage coverage)
    {
        ArgumentNullException.ThrowIfNull(search);
        return coverage switch
        {
            PreemptionCoverage bounded => OfBound(search, bounded),
            SampleCoverage sample => OfSample(search, sample),
            BitstateCoverage bits => OfBits(search, bits),
            _ => [],
        };
    }

    /// <summary>How much was run, in place of the numbers of an exhaustive search; null: those numbers are meant.</summary>
    /// <param name="search">The search.</param>
    public static string? Numbers(SearchResult search)
    {
        ArgumentNullException.ThrowIfNull(search);
        return search.Coverage is SampleCoverage sample
            ? $"Ran {Count(sample.Schedules, "schedule")} with seed {sample.Seed}, {Count(search.Transitions, "step")}, "
                + $"{Count(search.States, "distinct end")}, longest {Number(search.MaxDepth)}, "
                + $"in {search.Elapsed.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s"
            : null;
    }

    /// <summary>In a few words, for the line that judges a check.</summary>
    /// <param name="coverage">What was covered.</param>
    public static string Brief(Coverage coverage) => coverage switch
    {
        PreemptionCoverage { Explored: < 0 } => "not even the schedules without preemptions were all explored",
        PreemptionCoverage bounded => $"only schedules with at most {Count(bounded.Explored, "preemption")} were explored",
        SampleCoverage sample => $"only {Count(sample.Schedules, "schedule")} of strategy {sample.Strategy}, seed {sample.Seed}, were run",
        BitstateCoverage => "states may have been taken for visited that were not",
        _ => throw new ArgumentOutOfRangeException(nameof(coverage)),
    };

    /// <summary>The options that ask for the same again, to be put behind a command; empty for an exhaustive search.</summary>
    /// <param name="coverage">What was covered.</param>
    public static string Options(Coverage? coverage) => coverage switch
    {
        null => "",
        SampleCoverage sample => $" --strategy {sample.Strategy} --seed {sample.Seed} --schedules {Math.Max(sample.Schedules, 1)}",
        _ => $" --strategy {coverage.Strategy}",
    };

    private static IEnumerable<string> OfBound(SearchResult search, PreemptionCoverage bounded)
    {
        yield return bounded.Explored < 0
            ? $"*** NOT A PROOF: not even the schedules without preemptions were all explored; stopped by {search.StoppedBy}. ***"
            : $"*** NOT A PROOF: every schedule with at most {Count(bounded.Explored, "preemption")} was explored, and not all with more; "
                + $"stopped by {search.StoppedBy}. ***";
        yield return "*** What is not listed may still happen with more preemptions. Livelocks were not looked for. ***";
    }

    private static IEnumerable<string> OfBits(SearchResult search, BitstateCoverage bits)
    {
        string end = bits.ReachedEnd ? "" : $"; stopped by {search.StoppedBy}";
        yield return $"*** NOT A PROOF: of each state only three bits were kept, in {Number(bits.Bytes >> 20)} MiB; at the end, a new state was taken "
            + $"for a visited one with a probability of {RoundedUp(bits.Omission)}{end}. ***";
        yield return "*** What is not listed may still happen. Livelocks were not looked for. ***";
    }

    private static IEnumerable<string> OfSample(SearchResult search, SampleCoverage sample)
    {
        string why = search.StoppedBy == $"{sample.Schedules} schedules" ? "" : $"; stopped by {search.StoppedBy}";
        yield return $"*** NOT A PROOF: {Count(sample.Schedules, "schedule")} drawn by strategy {sample.Strategy}, seed {sample.Seed}, "
            + $"of the many that there are{why}. ***";
        yield return "*** What is not listed may still happen. Livelocks were not looked for. ***";
        if (sample.Abandoned > 0)
        {
            yield return $"*** {Count(sample.Abandoned, "schedule")} had no end after {Number(SampleCoverage.StepsAtMost)} steps: a hang, or unlucky. ***";
        }

        if (sample.Pct is { } pct)
        {
            yield return sample.Abandoned == 0 ? OfPct(pct) : "PCT: no bound, not every schedule came to an end";
        }
    }

    private static string OfPct(PctBound pct) =>
        $"PCT: if no schedule is longer than {Count(pct.Steps, "step")}, a bug of depth {pct.Depth} shows in one schedule with a probability of at "
        + $"least 1/({pct.Threads}*{pct.Steps}^{pct.Depth - 1}); {Count(pct.Schedules, "schedule")} missed it with a probability of at most "
        + RoundedUp(pct.Missed)
        + (pct.DrewAlternatives ? ". Nothing is said of a bug that needs one of the hardware's alternatives: they were drawn, too" : "");

    // An upper bound may be rounded up, never down.
    private static string RoundedUp(double probability) =>
        probability < 1e-6 ? "0.000001" : Math.Min(1, Math.Ceiling(probability * 1e6) / 1e6).ToString("0.######", CultureInfo.InvariantCulture);

    private static string Count(long n, string thing) => $"{Number(n)} {thing}{(n == 1 ? "" : "s")}";

    private static string Number(long n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
