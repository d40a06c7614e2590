namespace Faultline.Kernel.Values;

/// <summary>
/// A page table entry. The accessed bit is not kept: on x86 every user protection value has it set already, so that it never
/// differs between two entries that are compared.
/// </summary>
/// <param name="Bits">PFN in bits 8-31; present, write and dirty below, and for a TLB's copy whether it is part of a huge page.</param>
public readonly record struct Pte(int Bits)
{
    private const int PresentBit = 1;
    private const int WriteBit = 2;
    private const int DirtyBit = 4;
    private const int OfHugeBit = 16;

    /// <summary>An empty entry.</summary>
    public static readonly Pte None;

    /// <summary>A read-only, clean entry (what vm_page_prot of a DAX mapping gives).</summary>
    public static Pte ReadOnly(Pfn pfn) => new((pfn.Bits << 8) | PresentBit);

    /// <summary>No page.</summary>
    public bool IsNone => Bits == 0;

    /// <summary>A page is mapped.</summary>
    public bool IsPresent => (Bits & PresentBit) != 0;

    /// <summary>Stores are allowed.</summary>
    public bool IsWritable => (Bits & WriteBit) != 0;

    /// <summary>Stored to, or made dirty beforehand.</summary>
    public bool IsDirty => (Bits & DirtyBit) != 0;

    /// <summary>The page.</summary>
    public Pfn Pfn => new((int)((uint)Bits >> 8));

    /// <summary>With the write bit (<c>pte_mkwrite</c>).</summary>
    public Pte MkWrite() => new(Bits | WriteBit);

    /// <summary>With the dirty bit (<c>pte_mkdirty</c>).</summary>
    public Pte MkDirty() => new(Bits | DirtyBit);

    /// <summary>Without the write bit (<c>pte_wrprotect</c>).</summary>
    public Pte WrProtect() => new(Bits & ~WriteBit);

    /// <summary>Without the dirty bit (<c>pte_mkclean</c>).</summary>
    public Pte MkClean() => new(Bits & ~DirtyBit);

    /// <summary>Another page, with the same rights.</summary>
    public Pte WithPfn(Pfn pfn) => new((pfn.Bits << 8) | (Bits & 0xff));

    /// <summary>In a TLB: cached as part of a huge page, so that a flush of any page of it drops it.</summary>
    public bool IsOfHuge => (Bits & OfHugeBit) != 0;

    /// <summary>As a TLB caches it when it is part of a huge page.</summary>
    public Pte AsPartOfHuge() => new(Bits | OfHugeBit);

    /// <summary>As the page table has it.</summary>
    public Pte AsBasePage() => new(Bits & ~OfHugeBit);

    /// <inheritdoc/>
    public override string ToString() =>
        IsNone ? "none" : $"{Pfn} {(IsWritable ? "rw" : "ro")}{(IsDirty ? " dirty" : "")}";
}
