using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Search;

/// <summary>How far a strategy that is not exhaustive went.</summary>
/// <param name="Strategy">The strategy's name.</param>
public abstract record Coverage(string Strategy);

/// <summary>All schedules within a bound of preemptions.</summary>
/// <param name="Strategy">The strategy's name.</param>
/// <param name="Bound">Preemptions that a schedule may have.</param>
/// <param name="Explored">Every schedule with at most so many was explored; -1: the search was stopped before those with none were.</param>
public sealed record PreemptionCoverage(string Strategy, int Bound, int Explored) : Coverage(Strategy);

/// <summary>States of which only some bits were kept.</summary>
/// <param name="Strategy">The strategy's name.</param>
/// <param name="Bytes">Memory for the bits.</param>
/// <param name="Omission">Probability that, at the end, a new state was taken for a visited one.</param>
/// <param name="ReachedEnd">It went on until it met no state that looked new; else a bound was met before.</param>
public sealed record BitstateCoverage(string Strategy, long Bytes, double Omission, bool ReachedEnd) : Coverage(Strategy);

/// <summary>Schedules drawn one by one.</summary>
/// <param name="Strategy">The strategy's name.</param>
/// <param name="Seed">The seed: the same seed draws the same schedules.</param>
/// <param name="Schedules">Schedules run.</param>
/// <param name="Abandoned">Those among them that had no end after <see cref="StepsAtMost"/> steps.</param>
public sealed record SampleCoverage(string Strategy, ulong Seed, long Schedules, long Abandoned) : Coverage(Strategy)
{
    /// <summary>A schedule that has no end after so many steps is abandoned: it may go on for ever, or only be unlucky.</summary>
    public const int StepsAtMost = 10_000;

    /// <summary>What PCT's theorem says; null for a random walk, of which there is nothing to say.</summary>
    public PctBound? Pct { get; init; }
}

/// <summary>
/// The theorem of PCT (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010): of n threads that make at most k steps together, one
/// schedule shows a bug of depth d with a probability of at least 1/(n k^(d-1)).
/// </summary>
/// <param name="Depth">d: ordering constraints that the bug needs.</param>
/// <param name="Threads">n.</param>
/// <param name="Steps">k: the longest schedule that was seen.</param>
/// <param name="Schedules">Schedules drawn with this k.</param>
/// <param name="DrewAlternatives">Some steps had alternatives of the hardware, which were drawn too: the theorem does not speak of them.</param>
public sealed record PctBound(int Depth, int Threads, int Steps, long Schedules, bool DrewAlternatives)
{
    /// <summary>Lower bound of the probability that one schedule shows a bug of this depth.</summary>
    public double OfOne => 1 / (Threads * Math.Pow(Math.Max(Steps, 1), Depth - 1));

    /// <summary>Upper bound of the probability that none of the schedules showed a bug of this depth that exists.</summary>
    public double Missed => OfOne >= 1 ? (Schedules > 0 ? 0 : 1) : Math.Exp(Schedules * Math.Log(1 - OfOne));
}

/// <summary>A schedule on which a violation was met.</summary>
/// <param name="Violation">The violation.</param>
/// <param name="Schedule">The schedule, up to the step that shows it.</param>
public sealed record FoundSchedule(Violation Violation, Schedule Schedule);
