using Faultline.Engine.Coroutines;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Fs;

/// <summary>fs/xfs: changes of a file's size and blocks, all under IOLOCK and MMAPLOCK exclusive.</summary>
internal static partial class Xfs
{
    /// <summary>
    /// fs/xfs/xfs_iops.c xfs_setattr_size(): i_size, unmap, drop entries, then remove blocks in a transaction. From v5.10 to v6.11 it flushes
    /// the page at the new end first.
    /// </summary>
    [KernelName("xfs_setattr_size")]
    public static async Call SetattrSize(Inode inode, int size)
    {
        await LockAndBreakLayouts(inode);
        if (Machine.Current.Footprint.TellsAllFlushes && size < inode.SizeNow && Machine.Current.Version.XfsTruncateFlush == XfsTruncateFlush.LastPage)
        {
            await DaxWriteback.DaxWritebackMappingRange(inode, size, 1);
        }

        await TruncateSetsize(inode, size);
        Unlock(inode);
    }

    /// <summary>fs/xfs/xfs_file.c xfs_file_fallocate().</summary>
    [KernelName("xfs_file_fallocate")]
    public static async Call FileFallocate(int pc)
    {
        Instruction i = UserThread.InstructionAt(pc);
        await LockAndBreakLayouts(new Inode(i.Object));
        i = UserThread.InstructionAt(pc);
        switch (i.Mode)
        {
            case var mode when new Inode(i.Object).Refuses(mode, i.Page, i.Pages):
                break;
            case FallocateMode.PunchHole:
                await FreeFileSpace(new Inode(i.Object), i.Page, i.Pages);
                break;
            case FallocateMode.ZeroRange:
                await FreeFileSpace(new Inode(i.Object), i.Page, i.Pages);
                await AllocFileSpace(pc);
                break;
            case FallocateMode.CollapseRange:
                await CollapseFileSpace(new Inode(i.Object), i.Page, i.Pages);
                break;
            case FallocateMode.InsertRange:
                await InsertFileSpace(new Inode(i.Object), i.Page, i.Pages);
                break;
            default:
                await AllocFileSpace(pc);
                break;
        }

        i = UserThread.InstructionAt(pc);
        Unlock(new Inode(i.Object));
    }

    /// <summary>fs/xfs/xfs_bmap_util.c xfs_free_file_space(): flush, unmap and drop entries, then remove blocks.</summary>
    [KernelName("xfs_free_file_space")]
    private static async Call FreeFileSpace(Inode inode, int page, int pages)
    {
        await FlushUnmapRange(inode, page, pages);
        await RemoveBlocks(inode, page, pages);
    }

    /// <summary>fs/xfs/xfs_bmap_util.c xfs_flush_unmap_range(); private copies stay.</summary>
    [KernelName("xfs_flush_unmap_range")]
    private static async Call FlushUnmapRange(Inode inode, int page, int pages)
    {
        await DaxWriteback.DaxWritebackMappingRange(inode, page, pages);
        await Truncate.TruncatePagecacheRange(inode, page, pages);
    }

    /// <summary>fs/xfs/xfs_bmap_util.c xfs_alloc_file_space(), and i_size afterwards.</summary>
    [KernelName("xfs_alloc_file_space")]
    private static async Call AllocFileSpace(int pc)
    {
        Instruction i = UserThread.InstructionAt(pc);
        await Journal.Handle.DownRead();
        await new Inode(i.Object).BlockMapLock.DownWrite();
        i = UserThread.InstructionAt(pc);
        await BlockMap.Preallocate(new Inode(i.Object), i.Page, i.Pages, convert: false);
        i = UserThread.InstructionAt(pc);
        new Inode(i.Object).BlockMapLock.UpWrite();
        Journal.Handle.UpRead();
        if (i.Page + i.Pages > new Inode(i.Object).SizeNow)
        {
            await TruncateSetsize(new Inode(i.Object), i.Page + i.Pages);
        }
    }

    /// <summary>fs/xfs/xfs_bmap_util.c xfs_collapse_file_space(): free the range, flush and unmap all that follows, move it down, shrink.</summary>
    [KernelName("xfs_collapse_file_space")]
    private static async Call CollapseFileSpace(Inode inode, int page, int pages)
    {
        await FreeFileSpace(inode, page, pages);
        await PrepareShift(inode, page);
        await Shift(inode, page + pages, -pages);
        await TruncateSetsize(inode, inode.SizeNow - pages);
    }

    /// <summary>fs/xfs/xfs_bmap_util.c xfs_insert_file_space(): grow, flush and unmap all from the range on, move it up.</summary>
    [KernelName("xfs_insert_file_space")]
    private static async Call InsertFileSpace(Inode inode, int page, int pages)
    {
        await TruncateSetsize(inode, inode.SizeNow + pages);
        await PrepareShift(inode, page);
        await Shift(inode, page, pages);
    }

    /// <summary>
    /// fs/xfs/xfs_bmap_util.c xfs_prepare_shift() (v4.17), a part of xfs_shift_file_space() before: until v4.19
    /// invalidate_inode_pages2_range(), which until v4.11 leaves DAX PTEs where they are; from v4.12 to v4.19 the outcome is that of
    /// xfs_flush_unmap_range(). Since d0c2204135a0 (v5.6) it starts with the page before the range.
    /// </summary>
    [KernelName("xfs_prepare_shift")]
    private static async Call PrepareShift(Inode inode, int page)
    {
        page -= page > 0 && Machine.Current.Version.XfsShiftStart == XfsShiftStart.PageBefore ? 1 : 0;
        if (Machine.Current.Version.InvalidateUnmap == InvalidateUnmap.DaxToo)
        {
            await FlushUnmapRange(inode, page, inode.Capacity - page);
            return;
        }

        await DaxWriteback.DaxWritebackMappingRange(inode, page, inode.Capacity - page);
        for (int index = page; index < inode.Capacity; index++)
        {
            await Truncate.InvalidateInodePages2Range(inode, index);
        }
    }

    /// <summary>mm/truncate.c truncate_setsize(), then xfs_itruncate_extents().</summary>
    private static async Call TruncateSetsize(Inode inode, int size)
    {
        int old = inode.SizeNow;
        await inode.Size.Write(size);
        await BlockMap.NoteChange(inode);
        await Truncate.TruncatePagecache(inode, size);
        if (size < old)
        {
            await RemoveBlocks(inode, size, inode.Capacity - size);
        }
    }

    /// <summary>fs/xfs/xfs_inode.c xfs_itruncate_extents(): in a transaction, under ILOCK.</summary>
    [KernelName("xfs_itruncate_extents")]
    private static async Call RemoveBlocks(Inode inode, int page, int pages)
    {
        await Journal.Handle.DownRead();
        await inode.BlockMapLock.DownWrite();
        await BlockMap.Remove(inode, page, pages);
        inode.BlockMapLock.UpWrite();
        Journal.Handle.UpRead();
    }

    /// <summary>fs/xfs/libxfs/xfs_bmap.c xfs_bmap_collapse_extents(), xfs_bmap_insert_extents(): in a transaction, under ILOCK.</summary>
    private static async Call Shift(Inode inode, int page, int pages)
    {
        await Journal.Handle.DownRead();
        await inode.BlockMapLock.DownWrite();
        await BlockMap.Shift(inode, page, pages);
        inode.BlockMapLock.UpWrite();
        Journal.Handle.UpRead();
    }

    /// <summary>IOLOCK, MMAPLOCK, then fs/xfs/xfs_file.c xfs_break_layouts() (DAX pages since v4.18).</summary>
    private static async Call LockAndBreakLayouts(Inode inode)
    {
        await inode.Rwsem.DownWrite();
        await LockFaultsOut(inode);
    }

    /// <summary>fs/xfs/xfs_file.c xfs_break_layouts(), after MMAPLOCK (DAX pages since v4.18).</summary>
    private static async Call LockFaultsOut(Inode inode)
    {
        await inode.FaultLock.DownWrite();
        if (Machine.Current.Version.XfsLayoutBreak == LayoutBreak.Waits)
        {
            await DaxLayout.DaxBreakLayout(inode);
        }

        inode.NoteLayoutChange(begins: true);
    }

    private static void Unlock(Inode inode)
    {
        inode.NoteLayoutChange(begins: false);
        inode.FaultLock.UpWrite();
        inode.Rwsem.UpWrite();
    }
}
