using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Fs;

/// <summary>The block map of a file, below both filesystems: every page of a file has one block that is its own.</summary>
internal static class BlockMap
{
    /// <summary>What lies behind a page. The caller holds the block map's lock.</summary>
    public static Extent Lookup(Inode inode, int page) => inode.Extent(page).Get();

    /// <summary>
    /// Gives a page a written, zeroed block if it has none: nobody can reach the block before its extent is set. The caller holds
    /// the block map's lock exclusively.
    /// </summary>
    /// <returns>True when it allocated or converted; false when somebody else had.</returns>
    public static bool Allocate(Inode inode, int page)
    {
        if (Lookup(inode, page).Type == IomapType.Mapped)
        {
            return false;
        }

        int block = inode.FilePage(page);
        PageData.ClearUnreachable(Pfn.Block(block));
        inode.Extent(page).Set(Extent.Of(IomapType.Mapped, block));
        if (Machine.Current.Costs is { } costs)
        {
            costs.BlocksAllocated++;
        }

        return true;
    }
}
