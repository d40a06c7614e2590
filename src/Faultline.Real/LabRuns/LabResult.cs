using Faultline.Kernel.Fs;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Real.Histograms;

namespace Faultline.Real.LabRuns;

/// <summary>What a guest's kernel and the model say of a test.</summary>
public enum LabVerdict
{
    /// <summary>Everything that was seen is allowed, and atomic operations could have done it.</summary>
    Agrees,

    /// <summary>Seen, in the model, and not possible for atomic operations; or a WARN that the model has: a known bug of the kernel.</summary>
    Reproduced,

    /// <summary>Seen, and not in the model; or a panic, or a WARN that the model does not have.</summary>
    Finding,

    /// <summary>The model's search met a bound, or the test did not come back: nothing can be said.</summary>
    Undecided,

    /// <summary>It was not run, and why is said.</summary>
    NotRun,
}

/// <summary>A test on a guest's filesystem, held against the model.</summary>
/// <param name="File">The test.</param>
/// <param name="Filesystem">The filesystem.</param>
/// <param name="Outcome">What its program did; null: it was not run.</param>
/// <param name="Comparison">What was seen beside what is allowed; null: nothing was seen.</param>
/// <param name="WhyNot">Why it was not run; empty: it was.</param>
public sealed record LabResult(TestFile File, FilesystemKind Filesystem, LabOutcome? Outcome, Comparison? Comparison, string WhyNot = "")
{
    /// <summary>Test and filesystem.</summary>
    public string Name => $"{File.Test!.Name} on {ModelNames.Of(Filesystem)}";

    /// <summary>The verdict.</summary>
    public LabVerdict Verdict =>
        Outcome is null or { End: LabEnd.CouldNotBeTried } ? LabVerdict.NotRun
        : Outcome.End == LabEnd.Panicked || Comparison is { IsFinding: true } or { IsComplaintUnknown: true } ? LabVerdict.Finding
        : Comparison is null or { Allowed.IsComplete: false } ? LabVerdict.Undecided
        : Comparison.Reproduced.Count > 0 || Comparison.KernelLog.Count > 0 ? LabVerdict.Reproduced
        : LabVerdict.Agrees;
}
