using System.CommandLine;
using System.Globalization;
using Faultline.Engine.Search;
using Faultline.Litmus;

namespace Faultline.Cli.Commands;

/// <summary><c>--strategy</c> and what belongs to it.</summary>
internal sealed class StrategyOptions
{
    private const long DefaultSchedules = 10_000;
    private const ulong DefaultSeed = 1;
    private const int PreemptionsAtMost = 1_000;

    private readonly Option<string> strategy = new("--strategy")
    {
        Description = "exhaustive (the default), which takes threads with equal programs for interchangeable, and leaves out interleavings that "
            + "cannot differ when there are many states; unreduced, every state; reduced, which always leaves them out; preemptions:N, every schedule with at most N preemptions; random, schedules drawn step by "
            + "step; pct:D, schedules drawn by priorities with D-1 changes; bitstate, three bits for a state where memory is short. All but "
            + "the first three are no proof: where they find nothing, the exit code is 3.",
        HelpName = "NAME",
    };

    private readonly Option<string> seed = new("--seed")
    {
        Description = "For random and pct: the same seed draws the same schedules. Default: 1.",
        HelpName = "S",
    };

    private readonly Option<string> schedules = new("--schedules")
    {
        Description = $"For random and pct: how many schedules. Default: {DefaultSchedules}; with --timeout, as many as it has time for.",
        HelpName = "N",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(strategy);
        command.Add(seed);
        command.Add(schedules);
    }

    /// <summary>Its name, as typed.</summary>
    public string Name(ParseResult parsed) => parsed.GetValue(strategy) ?? "exhaustive";

    /// <summary>The strategy that was asked for; null: the exhaustive one.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="hasTimeout">Whether there is a bound of time.</param>
    /// <exception cref="InputException">There is no such strategy, or a number makes no sense.</exception>
    /// <param name="workers">Threads for one search.</param>
    /// <param name="memory">Bytes that the bits of bitstate may take.</param>
    public ISearchStrategy? Read(ParseResult parsed, bool hasTimeout, int workers, long memory)
    {
        string name = Name(parsed);
        string[] parts = name.Split(':', 2);
        string? number = parts.Length > 1 ? parts[1] : null;
        bool draws = parts[0] is "random" or "pct";
        if (!draws && (parsed.GetValue(seed) ?? parsed.GetValue(schedules)) is not null)
        {
            throw new InputException("faultline: --seed and --schedules are for --strategy random and pct:D");
        }

        ulong seeded = Number("--seed", parsed.GetValue(seed), 0, ulong.MaxValue, DefaultSeed);
        long count = (long)Number(
            "--schedules", parsed.GetValue(schedules), 1, long.MaxValue, hasTimeout ? long.MaxValue : (ulong)DefaultSchedules);
        return (parts[0], number) switch
        {
            ("exhaustive", null) => null,
            ("unreduced", null) => new Exhaustive { Reduction = Reduction.Never, Workers = workers },
            ("reduced", null) => new Exhaustive { Reduction = Reduction.Always, Workers = workers },
            ("bitstate", null) => new Bitstate(memory, workers),
            ("random", null) => new RandomWalk(seeded, count),
            ("pct", not null) => new PriorityChanges((int)Number("pct:D", number, 1, PriorityChanges.DepthAtMost, 0), seeded, count),
            ("preemptions", not null) => new PreemptionBounded((int)Number("preemptions:N", number, 0, PreemptionsAtMost, 0)),
            _ => throw new InputException(
                $"faultline: unknown strategy '{name}'{NearestName.Hint(name, ["exhaustive", "unreduced", "reduced", "random", "bitstate"])} "
                + "(expected exhaustive, unreduced, reduced, preemptions:N, random, pct:D or bitstate)"),
        };
    }

    private static ulong Number(string what, string? text, ulong least, ulong most, ulong otherwise) =>
        text is null ? otherwise
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && number >= least && number <= most ? number
        : throw new InputException($"faultline: {what} takes a whole number from {least} to {most}, not '{text}'");
}
