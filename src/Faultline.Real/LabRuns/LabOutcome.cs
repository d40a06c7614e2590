using Faultline.Real.Histograms;

namespace Faultline.Real.LabRuns;

/// <summary>How a test's program ended in a guest.</summary>
public enum LabEnd
{
    /// <summary>It came back, with a histogram.</summary>
    Ended,

    /// <summary>It could not be tried: the filesystem or the kernel cannot do what it asks for.</summary>
    CouldNotBeTried,

    /// <summary>It did not come back in its time. There is a histogram when it had printed one.</summary>
    GivenUp,

    /// <summary>The guest ended: the kernel panicked.</summary>
    Panicked,
}

/// <summary>What a test's program did in a guest.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Log">What it printed.</param>
/// <param name="Histogram">The same, read; null when there is none.</param>
/// <param name="Words">Why it could not be tried, or what the guest's kernel said when it was given up or panicked; empty otherwise.</param>
public sealed record LabOutcome(LabEnd End, string Log, Histogram? Histogram, string Words);
