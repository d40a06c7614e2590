namespace Faultline.Explain.Text;

/// <summary>How plain text is laid out.</summary>
/// <param name="Width">Columns at most; long names may still stick out. At least <see cref="MinWidth"/>.</param>
/// <param name="Whole">Tell every step, also of instructions that no other thread disturbs.</param>
public sealed record TextOptions(int Width = 100, bool Whole = false)
{
    /// <summary>The narrowest layout.</summary>
    public const int MinWidth = 60;

    /// <summary>100 columns.</summary>
    public static TextOptions Default { get; } = new();

    /// <summary>75 columns, as a mail has them.</summary>
    public static TextOptions Mail { get; } = new(75);
}
