using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Syntax;
using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Checking;

/// <summary>A witness of something: of a violation, or of the condition's proposition.</summary>
/// <param name="Violation">The violation; null: the proposition of the condition.</param>
/// <param name="Witness">A schedule, the shortest if <see cref="IsShortest"/>; null when none was found within the bounds, or asked for.</param>
/// <param name="Cycle">
/// For a violation of the order of locks: the circle of lock classes. Its edges need not occur in one schedule, so each has an example
/// of its own; the witness is that of the edge that closes the circle. Else null.
/// </param>
public sealed record Finding(Violation? Violation, Witness? Witness, LockCycle? Cycle = null)
{
    /// <summary>False: the search for the shortest schedule met a bound, and the witness is the one that a drawn schedule gave.</summary>
    public bool IsShortest { get; init; } = true;

    /// <summary>Its name: <c>warn(insert_pfn)</c>, <c>I6</c>, or <c>condition</c>.</summary>
    public string Name => Violation?.ToString() ?? "condition";
}

/// <summary>One test on one kernel and filesystem.</summary>
public sealed record CheckResult
{
    /// <summary>The test.</summary>
    public required LitmusTest Test { get; init; }

    /// <summary>The machine that was searched.</summary>
    public required Machine Machine { get; init; }

    /// <summary>The verdict on the condition.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The search.</summary>
    public required SearchResult Search { get; init; }

    /// <summary>What always-on checks found, each once, most telling first; then the condition, if it can hold.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>True when the proposition holds in an outcome that the atomic reference does not have.</summary>
    public bool HoldsBeyondReference { get; init; }

    /// <summary>Outcomes of the atomic reference; null when refinement was not checked because a bound was met.</summary>
    public required int? ReferenceOutcomes { get; init; }

    /// <summary>What is known of this kernel and filesystem; null: nothing, hence no violation is expected.</summary>
    public required Expectation? Expected { get; init; }

    /// <summary>The behaviours that the check asked its version for, a bit each, in the order of <c>Behaviour.All</c>.</summary>
    public required ulong Asked { get; init; }

    /// <summary>
    /// The version that was searched instead, because it agrees with this one on every behaviour that its search asked for; null: this
    /// one was searched. See <see cref="EquivalentRuns"/>.
    /// </summary>
    public string? SameAs { get; init; }

    /// <summary>True when every outcome was seen and held against the atomic reference.</summary>
    public bool IsComplete => Search.Complete && ReferenceOutcomes is not null;

    /// <summary>States that were searched for this result: none when it is <see cref="SameAs"/> another.</summary>
    public long StatesSearched => SameAs is null ? Search.States : 0;

    /// <summary>What was found, in the form of an expectation.</summary>
    public Expectation Found => Expectation.Of(
        Verdict.Observation, Findings.Where(f => f.Violation is not null).Select(f => f.Name));

    /// <summary>Complete, and what was expected: the known verdict and violations; with nothing known, no violation.</summary>
    public bool IsAsExpected =>
        Expected is null ? Found.Violations.Count == 0 : Found.Equals(Expected);

    /// <summary>
    /// 0: as expected; 1: not; 3: a bound was met before the search was complete, and what was seen so far is not already
    /// something unexpected.
    /// </summary>
    public int ExitCode
    {
        get
        {
            if (IsComplete)
            {
                return IsAsExpected ? 0 : 1;
            }

            bool surprise = Found.Violations.Except(Expected?.Violations ?? []).Any()
                || (Expected?.Observation == Observation.Never && Verdict.Positive > 0)
                || (Expected?.Observation == Observation.Always && Verdict.Negative > 0);
            return surprise ? 1 : 3;
        }
    }
}
