using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Expectations;

namespace Faultline.Litmus.Matrix;

/// <summary>What a test shows on one version and filesystem.</summary>
public enum CellState
{
    /// <summary>Nothing wrong: no check failed, and the condition does not ask for attention.</summary>
    Good,

    /// <summary>No check failed, but what the condition asks about happens: its proposition holds somewhere; of <c>forall</c>: not everywhere.</summary>
    Condition,

    /// <summary>A check that is always on failed.</summary>
    Violation,

    /// <summary>A bound was met before anything bad was seen: neither good nor bad.</summary>
    Undecided,

    /// <summary>The version or filesystem does not have what the test uses.</summary>
    CannotRun,
}

/// <summary>One test on one version and filesystem.</summary>
/// <param name="Kernel">Kernel version.</param>
/// <param name="Result">The check; null: it cannot run.</param>
/// <param name="NotRun">Why it cannot run; null: it can.</param>
/// <param name="Expected">What is known of this version and filesystem; null: nothing.</param>
public sealed record MatrixCell(KernelVersion Kernel, CheckResult? Result, NotRun? NotRun, Expectation? Expected)
{
    /// <summary>What the test shows there.</summary>
    public CellState State => Result is null ? CellState.CannotRun : StateOf(Result);

    /// <summary>Something bad happens; null: that is not known.</summary>
    public bool? IsBad => State switch
    {
        CellState.Good => false,
        CellState.Condition or CellState.Violation => true,
        _ => null,
    };

    /// <summary>Not what the <c>.expected</c> file says. What cannot run must not be known either.</summary>
    public bool IsUnexpected => Result is null ? Expected is not null : Result.ExitCode == 1;

    /// <summary>A bound was met, and what was seen so far is not already something unexpected.</summary>
    public bool IsIncomplete => Result is { ExitCode: 3 };

    /// <summary>What a check shows.</summary>
    public static CellState StateOf(CheckResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Found.Violations.Count > 0 ? CellState.Violation
            : result.Verdict.Shown > 0 ? CellState.Condition
            : result.IsComplete ? CellState.Good
            : CellState.Undecided;
    }
}
