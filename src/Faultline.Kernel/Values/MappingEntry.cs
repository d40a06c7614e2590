namespace Faultline.Kernel.Values;

/// <summary>What a slot of a mapping (radix tree or XArray) holds.</summary>
public enum EntryKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A placeholder, made only to be locked.</summary>
    Empty,

    /// <summary>The common zero page stands for a hole (v4.14 on).</summary>
    Zero,

    /// <summary>A block of persistent memory.</summary>
    Real,

    /// <summary>A page-cache page of zeroes stands for a hole (before v4.14).</summary>
    Page,

    /// <summary>Not in any slot: what grab_mapping_entry() answers when a huge entry cannot be had (-EEXIST, VM_FAULT_FALLBACK).</summary>
    Conflict,
}

/// <summary>A DAX mapping entry and its slot's tags.</summary>
/// <param name="Bits">Kind in bits 0-2, locked 3, DIRTY 4, TOWRITE 5, huge 6, PFN in bits 8-31.</param>
public readonly record struct MappingEntry(int Bits)
{
    private const int LockedBit = 1 << 3;
    private const int DirtyBit = 1 << 4;
    private const int TowriteBit = 1 << 5;
    private const int TagBits = DirtyBit | TowriteBit;
    private const int HugeBit = 1 << 6;

    /// <summary>An empty slot.</summary>
    public static readonly MappingEntry None;

    /// <summary>An unlocked placeholder.</summary>
    public static readonly MappingEntry Empty = new((int)EntryKind.Empty);

    /// <summary>The answer that a huge entry cannot be had.</summary>
    public static readonly MappingEntry Conflict = new((int)EntryKind.Conflict);

    /// <summary>An entry for the common zero page.</summary>
    public static readonly MappingEntry Zero = new((int)EntryKind.Zero | (Pfn.Zero.Bits << 8));

    /// <summary>An entry for a block.</summary>
    public static MappingEntry Real(Pfn pfn) => new((int)EntryKind.Real | (pfn.Bits << 8));

    /// <summary>A page-cache page in the slot.</summary>
    public static MappingEntry Page(Pfn pfn) => new((int)EntryKind.Page | (pfn.Bits << 8));

    /// <summary>What it is.</summary>
    public EntryKind Kind => (EntryKind)(Bits & 7);

    /// <summary>It covers a huge page (<c>dax_is_pmd_entry</c>).</summary>
    public bool IsHuge => (Bits & HugeBit) != 0;

    /// <summary>Covering a huge page; a zero entry then stands for the huge zero page.</summary>
    public MappingEntry AsHuge() => IsZero ? new((Bits & 0xff) | HugeBit | (Pfn.HugeZero.Bits << 8)) : new(Bits | HugeBit);

    /// <summary>Nothing in the slot.</summary>
    public bool IsNone => Kind == EntryKind.None;

    /// <summary>A placeholder.</summary>
    public bool IsEmpty => Kind == EntryKind.Empty;

    /// <summary>The common zero page.</summary>
    public bool IsZero => Kind == EntryKind.Zero;

    /// <summary>A block.</summary>
    public bool IsReal => Kind == EntryKind.Real;

    /// <summary>A page-cache page.</summary>
    public bool IsPage => Kind == EntryKind.Page;

    /// <summary>The entry lock is taken.</summary>
    public bool IsLocked => (Bits & LockedBit) != 0;

    /// <summary>The slot has the DIRTY tag: fsync must flush it.</summary>
    public bool IsDirty => (Bits & DirtyBit) != 0;

    /// <summary>The slot has the TOWRITE tag: an fsync under way will flush it.</summary>
    public bool IsTowrite => (Bits & TowriteBit) != 0;

    /// <summary>The page it stands for.</summary>
    public Pfn Pfn => new((int)((uint)Bits >> 8));

    /// <summary>Locked.</summary>
    public MappingEntry Lock() => new(Bits | LockedBit);

    /// <summary>Unlocked.</summary>
    public MappingEntry Unlock() => new(Bits & ~LockedBit);

    /// <summary>With the DIRTY tag.</summary>
    public MappingEntry TagDirty() => new(Bits | DirtyBit);

    /// <summary>Without the DIRTY tag.</summary>
    public MappingEntry ClearDirty() => new(Bits & ~DirtyBit);

    /// <summary>With the TOWRITE tag.</summary>
    public MappingEntry TagTowrite() => new(Bits | TowriteBit);

    /// <summary>Without the TOWRITE tag.</summary>
    public MappingEntry ClearTowrite() => new(Bits & ~TowriteBit);

    /// <summary>Without tags.</summary>
    public MappingEntry WithoutTags() => new(Bits & ~TagBits);

    /// <summary>This entry in a slot that keeps the tags of <paramref name="slot"/>.</summary>
    public MappingEntry WithTagsOf(MappingEntry slot) => new((Bits & ~TagBits) | (slot.Bits & TagBits));

    /// <inheritdoc/>
    public override string ToString()
    {
        string what = Kind switch
        {
            EntryKind.None => "none",
            EntryKind.Conflict => "conflict",
            EntryKind.Empty => "empty",
            EntryKind.Zero => "zero",
            _ => Pfn.ToString(),
        };
        return (IsHuge ? "huge " : "") + what.Replace("huge ", "", StringComparison.Ordinal) + (IsLocked ? " locked" : "") + (IsDirty ? " DIRTY" : "") + (IsTowrite ? " TOWRITE" : "");
    }
}
