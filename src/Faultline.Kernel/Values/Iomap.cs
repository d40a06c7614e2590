namespace Faultline.Kernel.Values;

/// <summary>What lies behind a range of a file (<c>iomap->type</c>).</summary>
public enum IomapType
{
    /// <summary>No block.</summary>
    Hole,

    /// <summary>A block that reads as zeroes until it is written.</summary>
    Unwritten,

    /// <summary>A block with contents.</summary>
    Mapped,
}

/// <summary>The answer of a filesystem's iomap_begin for one or more pages.</summary>
/// <param name="Bits">Type in bits 0-1, flags in 2-4, length in pages in 5-15, source block plus one in 16-31.</param>
/// <param name="Block">The first block.</param>
public readonly record struct Iomap(int Bits, int Block)
{
    private const int NewBit = 4;
    private const int DirtyBit = 8;
    private const int SharedBit = 16;
    private const int LengthShift = 5;
    private const int LengthMask = 0x7ff;
    private const int SourceShift = 16;

    /// <summary>Builds an answer for pages that lie together.</summary>
    public static Iomap Of(Extent extent, bool isNew, int pages = 1) =>
        new((int)extent.Type | (isNew ? NewBit : 0) | (pages << LengthShift), extent.Block);

    /// <summary>What lies there.</summary>
    public IomapType Type => (IomapType)(Bits & 3);

    /// <summary>How many pages it covers.</summary>
    public int Pages => (Bits >> LengthShift) & LengthMask;

    /// <summary>IOMAP_F_NEW: allocated or converted just now.</summary>
    public bool IsNew => (Bits & NewBit) != 0;

    /// <summary>IOMAP_F_DIRTY: metadata that leads to the block is not persistent yet.</summary>
    public bool IsDirty => (Bits & DirtyBit) != 0;

    /// <summary>IOMAP_F_SHARED: a shared extent; for a write, the block is a fresh one, and <see cref="SourceBlock"/> has the contents.</summary>
    public bool IsShared => (Bits & SharedBit) != 0;

    /// <summary>A shared extent, about to be written.</summary>
    public bool IsCopy => IsShared && SourceBlock >= 0;

    /// <summary>srcmap: the block to copy from.</summary>
    public int SourceBlock => ((Bits >> SourceShift) & 0xffff) - 1;

    /// <summary>The page frame of the first block.</summary>
    public Pfn Pfn => Pfn.Block(Block);

    /// <summary>With IOMAP_F_NEW.</summary>
    public Iomap MarkNew() => new(Bits | NewBit, Block);

    /// <summary>With IOMAP_F_DIRTY.</summary>
    public Iomap MarkDirty() => new(Bits | DirtyBit, Block);

    /// <summary>With IOMAP_F_SHARED, to be read.</summary>
    public Iomap MarkShared() => new(Bits | SharedBit, Block);

    /// <summary>A copy of a shared extent is due, from that block.</summary>
    public Iomap CopyOf(int sourceBlock) => new(Bits | SharedBit | ((sourceBlock + 1) << SourceShift), Block);
}

/// <summary>One page of a file's block map.</summary>
/// <param name="Bits">Type in bits 0-1, block number above.</param>
public readonly record struct Extent(int Bits)
{
    /// <summary>No block.</summary>
    public static readonly Extent Hole;

    /// <summary>An extent of one page.</summary>
    public static Extent Of(IomapType type, int block) => new(type == IomapType.Hole ? 0 : (block << 2) | (int)type);

    /// <summary>What lies there.</summary>
    public IomapType Type => (IomapType)(Bits & 3);

    /// <summary>Block number, of no meaning for a hole.</summary>
    public int Block => Bits >> 2;

    /// <summary>There is a block.</summary>
    public bool HasBlock => Type != IomapType.Hole;

    /// <inheritdoc/>
    public override string ToString() => Type switch
    {
        IomapType.Hole => "hole",
        IomapType.Unwritten => $"unwritten block {Block}",
        _ => $"block {Block}",
    };
}
