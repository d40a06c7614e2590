using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Fs;

/// <summary>The block map of a file, below both filesystems. Its callers hold the block map's lock.</summary>
internal static class BlockMap
{
    /// <summary>What lies behind a page and the pages after it, as far as they lie together.</summary>
    public static Iomap Lookup(Inode inode, int page, int pages)
    {
        Extent first = inode.Extent(page).Get();
        int length = 1;
        while (length < pages && page + length < inode.Capacity && Continues(first, inode.Extent(page + length).Get(), length))
        {
            length++;
        }

        return Iomap.Of(first, isNew: false, length);
    }

    /// <summary>
    /// fs/ext4/inode.c ext4_map_blocks(), fs/xfs/xfs_iomap.c xfs_iomap_write_direct(): gives the pages that begin with this one, as many as lie together, written blocks: allocates for a hole, converts unwritten ones.
    /// Blocks are zeroed before anyone can find them, except for a fault before v4.5. Held exclusively.
    /// </summary>
    /// <returns>
    /// What it allocated or converted, which is new, even where the blocks behind it go on; or what somebody else had.
    /// </returns>
    public static async Call<Iomap> Allocate(Inode inode, int page, int pages, IomapFlags flags)
    {
        Iomap found = Lookup(inode, page, pages);
        if (found.Type == IomapType.Mapped)
        {
            return found;
        }

        if (Machine.Current.Footprint.FreesBlocks)
        {
            await new AccessStep(BlockAllocator.Word);
        }

        bool asTheyAre = (flags & IomapFlags.Fault) != 0 && Machine.Current.Version.BlockZeroing != BlockZeroing.ByFilesystem;
        int given = Lookup(inode, page, pages).Pages;
        Fill(inode, page, given, asTheyAre ? IomapType.Unwritten : IomapType.Mapped);
        await NoteChange(inode);
        return Lookup(inode, page, given).MarkNew();
    }

    /// <summary>fs/ext4/extents.c ext4_alloc_file_blocks(), fs/xfs/xfs_bmap_util.c xfs_alloc_file_space(): unwritten blocks for the holes of a range; what has blocks already stays, or becomes unwritten, too.</summary>
    public static async Call Preallocate(Inode inode, int page, int pages, bool convert)
    {
        if (Machine.Current.Footprint.FreesBlocks)
        {
            await new AccessStep(BlockAllocator.Word);
        }

        for (int p = page; p < page + pages; p++)
        {
            Extent extent = inode.Extent(p).Get();
            if (!extent.HasBlock)
            {
                inode.Extent(p).Set(Extent.Of(IomapType.Unwritten, BlockAllocator.Take(inode, p)));
            }
            else if (convert)
            {
                inode.Extent(p).Set(Extent.Of(IomapType.Unwritten, extent.Block));
            }
        }

        await NoteChange(inode);
    }

    /// <summary>fs/ext4/extents.c ext4_ext_remove_space(), fs/xfs/xfs_inode.c xfs_itruncate_extents(): gives up the blocks of a range.</summary>
    public static async Call Remove(Inode inode, int page, int pages)
    {
        await new AccessStep(BlockAllocator.Word);
        for (int p = page; p < page + pages && p < inode.Capacity; p++)
        {
            Extent extent = inode.Extent(p).Get();
            inode.Extent(p).Set(Extent.Hole);
            if (extent.HasBlock)
            {
                BlockAllocator.Free(extent.Block);
            }
        }

        await NoteChange(inode);
    }

    /// <summary>fs/ext4/extents.c ext4_ext_shift_extents(), fs/xfs/libxfs/xfs_bmap.c xfs_bmap_collapse_extents(): moves what lies behind a page and all after it down (pages below 0) or up.</summary>
    public static async Call Shift(Inode inode, int page, int pages)
    {
        int capacity = inode.Capacity;
        if (pages < 0)
        {
            for (int p = page; p < capacity; p++)
            {
                inode.Extent(p + pages).Set(inode.Extent(p).Get());
                inode.Extent(p).Set(Extent.Hole);
            }
        }
        else
        {
            for (int p = capacity - 1; p >= page + pages; p--)
            {
                inode.Extent(p).Set(inode.Extent(p - pages).Get());
                inode.Extent(p - pages).Set(Extent.Hole);
            }
        }

        await NoteChange(inode);
    }

    /// <summary>fs/ext4/inode.c ext4_mark_inode_dirty(), fs/xfs/xfs_trans_inode.c xfs_trans_log_inode(): the file's metadata differs from what the journal has committed.</summary>
    public static async Call NoteChange(Inode inode)
    {
        if (Machine.Current.Footprint.Persists)
        {
            await inode.MetadataDirty.Write(1);
        }
    }

    private static void Fill(Inode inode, int page, int pages, IomapType type)
    {
        bool huge = pages == Machine.Current.Program.HugePagePages && !inode.Extent(page).Get().HasBlock;
        int together = huge ? BlockAllocator.TakeHuge(inode, page) : -1;
        for (int p = page; p < page + pages; p++)
        {
            Extent extent = inode.Extent(p).Get();
            int block = extent.HasBlock ? extent.Block : together >= 0 ? together + p - page : BlockAllocator.Take(inode, p);
            if (type == IomapType.Mapped)
            {
                BlockAllocator.Zero(block);
            }

            inode.Extent(p).Set(Extent.Of(type, block));
        }
    }

    private static bool Continues(Extent first, Extent next, int distance) =>
        first.Type == next.Type && (!first.HasBlock || next.Block == first.Block + distance);
}
