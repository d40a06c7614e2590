using Faultline.Real.Histograms;

namespace Faultline.Real.Repro;

/// <summary>How a C program is written.</summary>
/// <param name="Seconds">How long it runs unless its command line says otherwise; above 0.</param>
/// <param name="Watch">How much it observes.</param>
public sealed record ReproOptions(double Seconds = 10, Watch Watch = Watch.Named)
{
    /// <summary>After so many seconds a round that has not ended is called a hang.</summary>
    public int HangSeconds { get; init; } = 30;
}
