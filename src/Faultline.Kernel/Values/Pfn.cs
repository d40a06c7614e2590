namespace Faultline.Kernel.Values;

/// <summary>What kind of memory a page frame is.</summary>
public enum PfnKind
{
    /// <summary>No page.</summary>
    None,

    /// <summary>The common zero page, one for the whole machine.</summary>
    Zero,

    /// <summary>A block of persistent memory.</summary>
    Block,

    /// <summary>Anonymous RAM: a private copy.</summary>
    Anon,

    /// <summary>A page-cache page of zeroes that stands for a hole (before v4.14).</summary>
    HolePage,

    /// <summary>The huge zero page.</summary>
    HugeZero,
}

/// <summary>A page frame number: the kind of memory and which of its kind. 24 bits.</summary>
/// <param name="Bits">Kind in bits 21-23, index below.</param>
public readonly record struct Pfn(int Bits)
{
    private const int IndexBits = 21;

    /// <summary>Pages of one kind at most.</summary>
    public const int MaxIndex = (1 << IndexBits) - 1;

    /// <summary>The common zero page.</summary>
    public static readonly Pfn Zero = new((int)PfnKind.Zero << IndexBits);

    /// <summary>The huge zero page.</summary>
    public static readonly Pfn HugeZero = new((int)PfnKind.HugeZero << IndexBits);

    /// <summary>A block of persistent memory.</summary>
    public static Pfn Block(int index) => new(((int)PfnKind.Block << IndexBits) | index);

    /// <summary>An anonymous page.</summary>
    public static Pfn Anon(int index) => new(((int)PfnKind.Anon << IndexBits) | index);

    /// <summary>The page-cache page of a hole.</summary>
    public static Pfn HolePage(int index) => new(((int)PfnKind.HolePage << IndexBits) | index);

    /// <summary>The kind of memory.</summary>
    public PfnKind Kind => (PfnKind)(Bits >> IndexBits);

    /// <summary>Which of its kind.</summary>
    public int Index => Bits & MaxIndex;

    /// <summary>Persistent memory.</summary>
    public bool IsBlock => Kind == PfnKind.Block;

    /// <summary>Anonymous memory.</summary>
    public bool IsAnon => Kind == PfnKind.Anon;

    /// <summary>Memory that stands for a hole: zeroes that nobody may write.</summary>
    public bool StandsForHole => Kind is PfnKind.Zero or PfnKind.HolePage or PfnKind.HugeZero;

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        PfnKind.None => "none",
        PfnKind.HugeZero => "huge zero page",
        PfnKind.Zero => "zero page",
        PfnKind.Block => $"block {Index}",
        PfnKind.Anon => $"anon {Index}",
        _ => $"hole page {Index}",
    };
}
