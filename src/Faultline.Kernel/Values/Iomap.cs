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

/// <summary>The answer of a filesystem's iomap_begin for one page.</summary>
/// <param name="Type">What lies there.</param>
/// <param name="BlockAndNew">Block number, times two, plus one when it was allocated or converted just now.</param>
public readonly record struct Iomap(IomapType Type, int BlockAndNew)
{
    /// <summary>Builds an answer.</summary>
    public static Iomap Of(Extent extent, bool isNew) => new(extent.Type, (extent.Block * 2) + (isNew ? 1 : 0));

    /// <summary>Block number.</summary>
    public int Block => BlockAndNew >> 1;

    /// <summary>IOMAP_F_NEW.</summary>
    public bool IsNew => (BlockAndNew & 1) != 0;

    /// <summary>The page frame of the block.</summary>
    public Pfn Pfn => Pfn.Block(Block);
}

/// <summary>One page of a file's block map.</summary>
/// <param name="Bits">Type in bits 0-1, block number above.</param>
public readonly record struct Extent(int Bits)
{
    /// <summary>An extent of one page.</summary>
    public static Extent Of(IomapType type, int block) => new((block << 2) | (int)type);

    /// <summary>What lies there.</summary>
    public IomapType Type => (IomapType)(Bits & 3);

    /// <summary>Block number.</summary>
    public int Block => Bits >> 2;

    /// <inheritdoc/>
    public override string ToString() => Type switch
    {
        IomapType.Hole => "hole",
        IomapType.Unwritten => $"unwritten block {Block}",
        _ => $"block {Block}",
    };
}
