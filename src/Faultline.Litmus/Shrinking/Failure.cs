using Faultline.Engine;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Shrinking;

/// <summary>
/// The way a test fails, which a smaller one must share. A violation is the same when it has the same name. A condition says nothing of its
/// own: <c>0:r0=9</c> also holds where a thread has just written 9. It is the same failure when it holds as before, in some outcomes or
/// in all, in one that the atomic reference does not have if it did before, and every violation that came with it still comes with it.
/// </summary>
public sealed class Failure
{
    private readonly Observation observation;
    private readonly bool beyondReference;
    private readonly HashSet<Violation> company;

    private Failure(CheckResult failing, Violation? violation)
    {
        Violation = violation;
        observation = failing.Verdict.Observation;
        beyondReference = failing.HoldsBeyondReference;
        company = [.. ViolationsOf(failing)];
    }

    /// <summary>The violation; null: the condition.</summary>
    public Violation? Violation { get; }

    /// <summary>What is wrong in a check, most telling first; the condition comes last.</summary>
    public static IReadOnlyList<Failure> Of(CheckResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        IEnumerable<Violation?> all = ViolationsOf(result).Cast<Violation?>();
        return [.. (result.Verdict.Shown > 0 ? all.Append(null) : all).Select(v => new Failure(result, v))];
    }

    /// <summary>Its name: <c>warn(insert_pfn)</c>, <c>I6</c>, or <c>condition</c>.</summary>
    public string Name => Violation?.ToString() ?? "condition";

    /// <summary>Whether a check shows the same failure.</summary>
    public bool IsIn(CheckResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Violation is { } violation
            ? ViolationsOf(result).Contains(violation)
            : result.Verdict.Shown > 0 && (result.HoldsBeyondReference || !beyondReference) && company.IsSubsetOf(ViolationsOf(result))
                && (result.Verdict.Observation == observation || observation == Observation.Unknown);
    }

    private static IEnumerable<Violation> ViolationsOf(CheckResult result) =>
        result.Findings.Where(f => f.Violation is not null).Select(f => f.Violation!.Value);
}
