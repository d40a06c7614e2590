namespace Faultline.Kernel.Values;

/// <summary>A page middle directory entry: nothing, a page table, or a huge page.</summary>
/// <param name="Bits">
/// 0: none; bit 3: a page table; otherwise as <see cref="Pte"/>, the PFN being that of the first base page, and bit 5 when the CPU may not use it.
/// </param>
public readonly record struct Pmd(int Bits)
{
    private const int TableBit = 8;
    private const int InvalidBit = 32;

    /// <summary>Nothing.</summary>
    public static readonly Pmd None;

    /// <summary>A page table.</summary>
    public static readonly Pmd Table = new(TableBit);

    /// <summary>A huge page with the rights of this PTE.</summary>
    public static Pmd Huge(Pte pte) => new(pte.Bits);

    /// <summary>Nothing.</summary>
    public bool IsNone => Bits == 0;

    /// <summary>A page table.</summary>
    public bool IsTable => Bits == TableBit;

    /// <summary>A huge page (<c>pmd_trans_huge</c> or <c>pmd_devmap</c>).</summary>
    public bool IsHuge => !IsNone && !IsTable;

    /// <summary>The huge zero page.</summary>
    public bool IsHugeZero => IsHuge && AsPte.Pfn == Pfn.HugeZero;

    /// <summary>A huge page that the kernel still sees as one, but CPUs do not (<c>pmdp_invalidate</c>).</summary>
    public bool IsInvalid => IsHuge && (Bits & InvalidBit) != 0;

    /// <summary>The same huge page, taken from the CPUs for the moment.</summary>
    public Pmd Invalidate() => new(Bits | InvalidBit);

    /// <summary>The huge page as a PTE of its first base page.</summary>
    public Pte AsPte => new(Bits & ~InvalidBit);

    /// <summary>The translation of one of its base pages.</summary>
    /// <param name="offset">Which, from 0.</param>
    public Pte PteOf(int offset) => IsInvalid ? Pte.None : AsPte.Pfn.IsBlock ? AsPte.WithPfn(Pfn.Block(AsPte.Pfn.Index + offset)) : AsPte;

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "none" : IsTable ? "table" : $"huge {AsPte}{(IsInvalid ? " invalid" : "")}";
}
