using Faultline.Engine.Coroutines;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Fs;

/// <summary>fs/ext4: changes of a file's size and blocks.</summary>
internal static partial class Ext4
{
    /// <summary>
    /// fs/ext4/inode.c ext4_setattr(), ATTR_SIZE: until v5.2 i_size changes before the fault lock is taken, so that faults may already see
    /// the small size while the blocks are still there; then unmap, drop entries, remove blocks.
    /// </summary>
    [KernelName("ext4_setattr")]
    public static async Call SetattrSize(Inode inode, int size)
    {
        await inode.Rwsem.DownWrite();
        bool lockFirst = Machine.Current.Version.Ext4TruncateOrder == Ext4TruncateOrder.LockFirst;
        if (lockFirst)
        {
            await LockFaultsOut(inode);
        }

        int old = inode.SizeNow;
        if (size != old) // else the inode stays clean, which MAP_SYNC faults ask for
        {
            await SetSize(inode, size);
        }

        if (!lockFirst)
        {
            await LockFaultsOut(inode);
        }

        inode.NoteLayoutChange(begins: true);
        await Truncate.TruncatePagecache(inode, size);
        if (size < old)
        {
            await RemoveBlocks(inode, size, inode.Capacity - size);
        }

        inode.NoteLayoutChange(begins: false);
        inode.FaultLock.UpWrite();
        inode.Rwsem.UpWrite();
    }

    /// <summary>fs/ext4/extents.c ext4_fallocate().</summary>
    [KernelName("ext4_fallocate")]
    public static async Call DoFallocate(int pc)
    {
        Instruction i = UserThread.InstructionAt(pc);
        switch (i.Mode)
        {
            case FallocateMode.PunchHole:
                await PunchHole(new Inode(i.Object), i.Page, i.Pages);
                break;
            case FallocateMode.ZeroRange:
                await ZeroRange(new Inode(i.Object), i.Page, i.Pages);
                break;
            case FallocateMode.CollapseRange:
                await CollapseRange(new Inode(i.Object), i.Page, i.Pages);
                break;
            case FallocateMode.InsertRange:
                await InsertRange(new Inode(i.Object), i.Page, i.Pages);
                break;
            default:
                await AllocateRange(new Inode(i.Object), i.Page, i.Pages);
                break;
        }
    }

    /// <summary>
    /// fs/ext4/inode.c ext4_punch_hole(): unmap and drop entries, then remove blocks, with faults kept out since ea3d7209ca01 (v4.5). It
    /// flushes first (until 43d0105e2c75: v6.15, 6.12.27), which tells only where a huge entry goes beyond the hole. Beyond the end of the file
    /// there is nothing to punch: that it asks before it locks faults out, and since 2890e5e0f49e after that.
    /// </summary>
    [KernelName("ext4_punch_hole")]
    private static async Call PunchHole(Inode inode, int page, int pages)
    {
        if (Machine.Current.Footprint.TellsAllFlushes && Machine.Current.Version.Ext4PunchFlush == Ext4PunchFlush.Range)
        {
            await DaxWriteback.DaxWritebackMappingRange(inode, page, pages);
        }

        await inode.Rwsem.DownWrite();
        if (page >= inode.SizeNow && Machine.Current.Version.Ext4RangeCheck == Ext4RangeCheck.BeforeLayoutBreak)
        {
            inode.Rwsem.UpWrite();
            return;
        }

        bool locks = Machine.Current.Version.Ext4PunchLock == Ext4PunchLock.Exclusive;
        if (locks)
        {
            await LockFaultsOut(inode);
        }

        inode.NoteLayoutChange(begins: true);
        await Truncate.TruncatePagecacheRange(inode, page, pages);
        await RemoveBlocks(inode, page, pages);
        inode.NoteLayoutChange(begins: false);
        if (locks)
        {
            inode.FaultLock.UpWrite();
        }

        inode.Rwsem.UpWrite();
    }

    /// <summary>fs/ext4/extents.c ext4_zero_range(): unmap and drop entries, then make the blocks unwritten.</summary>
    [KernelName("ext4_zero_range")]
    private static async Call ZeroRange(Inode inode, int page, int pages)
    {
        await inode.Rwsem.DownWrite();
        await LockFaultsOut(inode);
        inode.NoteLayoutChange(begins: true);
        await Truncate.TruncatePagecacheRange(inode, page, pages);
        await Preallocate(inode, page, pages, convert: true);
        await GrowTo(inode, page + pages);
        inode.NoteLayoutChange(begins: false);
        inode.FaultLock.UpWrite();
        inode.Rwsem.UpWrite();
    }

    /// <summary>fs/ext4/extents.c ext4_collapse_range(): flush, unmap from the range to the end, private copies too, then move blocks down.</summary>
    [KernelName("ext4_collapse_range")]
    private static async Call CollapseRange(Inode inode, int page, int pages)
    {
        if (!await LockToShift(inode, FallocateMode.CollapseRange, page, pages))
        {
            return;
        }

        await Journal.Handle.DownRead();
        await inode.BlockMapLock.DownWrite();
        await BlockMap.Remove(inode, page, pages);
        await BlockMap.Shift(inode, page + pages, -pages);
        await inode.Size.Write(inode.SizeNow - pages);
        inode.BlockMapLock.UpWrite();
        Journal.Handle.UpRead();
        inode.NoteLayoutChange(begins: false);
        inode.FaultLock.UpWrite();
        inode.Rwsem.UpWrite();
    }

    /// <summary>fs/ext4/extents.c ext4_insert_range(): flush, unmap from the range to the end, grow, then move blocks up.</summary>
    [KernelName("ext4_insert_range")]
    private static async Call InsertRange(Inode inode, int page, int pages)
    {
        if (!await LockToShift(inode, FallocateMode.InsertRange, page, pages))
        {
            return;
        }

        await Journal.Handle.DownRead();
        await inode.Size.Write(inode.SizeNow + pages);
        await inode.BlockMapLock.DownWrite();
        await BlockMap.Shift(inode, page, pages);
        inode.BlockMapLock.UpWrite();
        Journal.Handle.UpRead();
        inode.NoteLayoutChange(begins: false);
        inode.FaultLock.UpWrite();
        inode.Rwsem.UpWrite();
    }

    /// <summary>
    /// fs/ext4/extents.c ext4_collapse_range(), ext4_insert_range(), their beginning: locks, flushes and unmaps from a page on. Before
    /// 32ebffd3bbb4 (v4.5) they flushed first, and stores came between. Whether the size allows it they ask before they lock faults out;
    /// since ext4_fallocate() takes the locks (2890e5e0f49e: v6.15, 6.12.27), after that, when the layouts are broken already. Since 32ebffd3bbb4 a
    /// collapse flushes its first page and what lies behind the range.
    /// </summary>
    /// <returns>False: the file's size does not allow it.</returns>
    private static async Call<bool> LockToShift(Inode inode, FallocateMode mode, int page, int pages)
    {
        bool locksFirst = Machine.Current.Version.Ext4ShiftFlush == Ext4ShiftFlush.UnderLocks;
        if (!locksFirst)
        {
            await DaxWriteback.DaxWritebackMappingRange(inode, page, inode.Capacity - page);
        }

        await inode.Rwsem.DownWrite();
        bool asksLast = Machine.Current.Version.Ext4RangeCheck == Ext4RangeCheck.AfterLayoutBreak;
        if (asksLast)
        {
            await LockFaultsOut(inode);
        }

        if (inode.Refuses(mode, page, pages))
        {
            if (asksLast)
            {
                inode.FaultLock.UpWrite();
            }

            inode.Rwsem.UpWrite();
            return false;
        }

        if (!asksLast)
        {
            await LockFaultsOut(inode);
        }

        inode.NoteLayoutChange(begins: true);
        if (locksFirst)
        {
            bool collapses = mode == FallocateMode.CollapseRange;
            await DaxWriteback.DaxWritebackMappingRange(inode, page, collapses ? 1 : inode.Capacity - page);
            if (collapses)
            {
                await DaxWriteback.DaxWritebackMappingRange(inode, page + pages, inode.Capacity - page - pages);
            }
        }

        await Truncate.TruncatePagecache(inode, page);
        return true;
    }

    /// <summary>fs/ext4/extents.c ext4_do_fallocate(), ext4_alloc_file_blocks(): unwritten blocks for holes; keeps no faults out.</summary>
    [KernelName("ext4_do_fallocate")]
    private static async Call AllocateRange(Inode inode, int page, int pages)
    {
        await inode.Rwsem.DownWrite();
        await Preallocate(inode, page, pages, convert: false);
        await GrowTo(inode, page + pages);
        inode.Rwsem.UpWrite();
    }

    /// <summary>The fault lock exclusively, then fs/ext4/inode.c ext4_break_layouts() (v4.19).</summary>
    private static async Call LockFaultsOut(Inode inode)
    {
        await inode.FaultLock.DownWrite();
        if (Machine.Current.Version.Ext4LayoutBreak == LayoutBreak.Waits)
        {
            await DaxLayout.DaxBreakLayout(inode);
        }
    }

    /// <summary>fs/ext4/extents.c ext4_alloc_file_blocks(): in a journal handle of its own.</summary>
    private static async Call Preallocate(Inode inode, int page, int pages, bool convert)
    {
        await Journal.Handle.DownRead();
        await inode.BlockMapLock.DownWrite();
        await BlockMap.Preallocate(inode, page, pages, convert);
        inode.BlockMapLock.UpWrite();
        Journal.Handle.UpRead();
    }

    /// <summary>fs/ext4/extents.c ext4_ext_remove_space(): in a journal handle, under i_data_sem.</summary>
    [KernelName("ext4_ext_remove_space")]
    private static async Call RemoveBlocks(Inode inode, int page, int pages)
    {
        await Journal.Handle.DownRead();
        await inode.BlockMapLock.DownWrite();
        await BlockMap.Remove(inode, page, pages);
        inode.BlockMapLock.UpWrite();
        Journal.Handle.UpRead();
    }

    /// <summary>fs/ext4/inode.c i_size_write() and ext4_mark_inode_dirty(), in a journal handle.</summary>
    private static async Call SetSize(Inode inode, int size)
    {
        await Journal.Handle.DownRead();
        await inode.Size.Write(size);
        await BlockMap.NoteChange(inode);
        Journal.Handle.UpRead();
    }

    /// <summary>fs/ext4/ext4.h ext4_update_inode_size().</summary>
    private static async Call GrowTo(Inode inode, int size)
    {
        if (size > inode.SizeNow)
        {
            await SetSize(inode, size);
        }
    }
}
