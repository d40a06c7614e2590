using Faultline.Litmus.Analysis;

namespace Faultline.Explain.Text;

/// <summary>How plain text is laid out.</summary>
/// <param name="Width">Columns at most; long names may still stick out. At least <see cref="MinWidth"/>.</param>
/// <param name="Whole">Tell every step, also of instructions that no other thread disturbs, every stack and every word of state.</param>
/// <param name="Analysis">Bounds of the analysis; null: none is made. What <see cref="Explanation"/> is given a story for has its own.</param>
public sealed record TextOptions(int Width = 100, bool Whole = false, AnalysisLimits? Analysis = null)
{
    /// <summary>The narrowest layout.</summary>
    public const int MinWidth = 60;

    /// <summary>100 columns, without an analysis: what <c>check</c> prints.</summary>
    public static TextOptions Default { get; } = new();

    /// <summary>80 columns, with an analysis: what <c>explain</c> prints where it is no terminal.</summary>
    public static TextOptions Screen { get; } = new(80, Analysis: AnalysisLimits.Default);
}
