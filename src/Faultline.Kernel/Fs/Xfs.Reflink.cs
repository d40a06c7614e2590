using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Fs;

/// <summary>fs/xfs/xfs_reflink.c: extents that several files have, and what a write to one does (v6.0 with DAX).</summary>
internal static partial class Xfs
{
    /// <summary>
    /// fs/xfs/xfs_reflink.c xfs_find_trim_cow_extent(): has another extent the block too? A block that waits in the CoW fork answers yes,
    /// even if the other extent has gone meanwhile.
    /// </summary>
    private static bool IsShared(Inode inode, int page)
    {
        Extent extent = inode.Extent(page).Get();
        return Machine.Current.Footprint.Reflinks && extent.HasBlock
            && (inode.CowFork(page).Get().Bits != 0 || HasTwoOwners(extent));
    }

    private static bool HasTwoOwners(Extent extent) =>
        Machine.Current.Footprint.Reflinks && extent.HasBlock && BlockAllocator.CountOf(extent.Block) > 1;

    /// <summary>
    /// fs/xfs/xfs_reflink.c xfs_reflink_allocate_cow(): a block for the copy, kept in the CoW fork until the copy is made. The caller holds
    /// ILOCK exclusively.
    /// </summary>
    private static Iomap ReflinkAllocateCow(Inode inode, int page)
    {
        int source = inode.Extent(page).Get().Block;
        if (inode.CowFork(page).Get().Bits == 0)
        {
            inode.CowFork(page).Set(new Extent(BlockAllocator.Take(inode, page) + 1));
        }

        int block = inode.CowFork(page).Get().Bits - 1;
        return Iomap.Of(Extent.Of(IomapType.Mapped, block), isNew: false).CopyOf(source);
    }

    /// <summary>fs/xfs/xfs_iomap.c xfs_dax_write_iomap_end() with xfs_reflink_end_cow(): the copy becomes the file's block.</summary>
    [KernelName("xfs_reflink_end_cow")]
    public static async Call ReflinkEndCow(Inode inode, int page)
    {
        await Journal.Handle.DownRead();
        await inode.BlockMapLock.DownWrite();
        int block = inode.CowFork(page).Get().Bits - 1;
        if (block >= 0)
        {
            await new AccessStep(BlockAllocator.Word);
            Extent old = inode.Extent(page).Get();
            inode.Extent(page).Set(Extent.Of(IomapType.Mapped, block));
            inode.CowFork(page).Set(Extent.Hole);
            if (old.HasBlock)
            {
                BlockAllocator.Free(old.Block);
            }

            await BlockMap.NoteChange(inode);
        }

        inode.BlockMapLock.UpWrite();
        Journal.Handle.UpRead();
    }

    /// <summary>
    /// fs/xfs/xfs_file.c xfs_file_remap_range(): both files' IOLOCK and MMAPLOCK exclusive, layouts broken, the source flushed, the target
    /// unmapped; then extent by extent.
    /// </summary>
    [KernelName("xfs_file_remap_range")]
    public static async Call FileRemapRange(int thread, int pc)
    {
        await LockTwo(thread, pc);
        Instruction i = UserThread.InstructionAt(thread, pc);
        if (i.Page + i.Pages <= new Inode(i.Object).SizeNow)
        {
            await Remap(thread, pc); // else -EINVAL
        }

        if (First(thread, pc) != Second(thread, pc))
        {
            Unlock(Second(thread, pc));
        }

        Unlock(First(thread, pc));
    }

    /// <summary>fs/xfs/xfs_reflink.c xfs_reflink_remap_prep(), xfs_reflink_remap_blocks(), xfs_reflink_update_dest().</summary>
    [KernelName("xfs_reflink_remap_prep")]
    private static async Call Remap(int thread, int pc)
    {
        Instruction i = UserThread.InstructionAt(thread, pc);
        await DaxWriteback.DaxWritebackMappingRange(new Inode(i.Object), i.Page, i.Pages);
        i = UserThread.InstructionAt(thread, pc);
        await FlushUnmapRange(new Inode(i.Target), i.TargetPage, i.Pages);
        i = UserThread.InstructionAt(thread, pc);
        await ReflinkRemap(thread, pc);
        i = UserThread.InstructionAt(thread, pc);
        if (i.TargetPage + i.Pages > new Inode(i.Target).SizeNow)
        {
            await new Inode(i.Target).Size.Write(i.TargetPage + i.Pages);
            i = UserThread.InstructionAt(thread, pc);
            await BlockMap.NoteChange(new Inode(i.Target));
        }
    }

    /// <summary>
    /// fs/xfs/xfs_inode.c xfs_ilock2_io_mmap() with xfs_mmaplock_two_inodes_and_break_dax_layout(): both IOLOCKs, then both MMAPLOCKs, each
    /// file's layouts broken. Nobody waits for a page of the second file with the first one's MMAPLOCK held: both are dropped, and it
    /// begins again.
    /// </summary>
    [KernelName("xfs_ilock2_io_mmap")]
    private static async Call LockTwo(int thread, int pc)
    {
        await First(thread, pc).Rwsem.DownWrite();
        if (First(thread, pc) != Second(thread, pc))
        {
            await Second(thread, pc).Rwsem.DownWrite();
        }

        for (;;)
        {
            await LockFaultsOut(First(thread, pc));
            if (First(thread, pc) == Second(thread, pc))
            {
                return;
            }

            await Second(thread, pc).FaultLock.DownWrite();
            if (Machine.Current.Version.XfsLayoutBreak != LayoutBreak.Waits || await DaxLayout.TryBreakLayout(Second(thread, pc)))
            {
                new Inode(InstructionAt(thread, pc).Object).NoteLayoutChange(begins: false); // the source stays as it is
                new Inode(InstructionAt(thread, pc).Target).NoteLayoutChange(begins: true);
                return;
            }

            Second(thread, pc).FaultLock.UpWrite();
            First(thread, pc).NoteLayoutChange(begins: false);
            First(thread, pc).FaultLock.UpWrite();
        }
    }

    private static Inode First(int thread, int pc) => new(Math.Min(InstructionAt(thread, pc).Object, InstructionAt(thread, pc).Target));

    private static Inode Second(int thread, int pc) => new(Math.Max(InstructionAt(thread, pc).Object, InstructionAt(thread, pc).Target));

    private static Instruction InstructionAt(int thread, int pc) => UserThread.InstructionAt(thread, pc);

    /// <summary>fs/xfs/xfs_reflink.c xfs_reflink_remap_blocks(): page by page, under the target's ILOCK in a transaction each.</summary>
    [KernelName("xfs_reflink_remap_blocks")]
    private static async Call ReflinkRemap(int thread, int pc)
    {
        for (int n = 0; n < UserThread.InstructionAt(thread, pc).Pages; n++)
        {
            Instruction i = UserThread.InstructionAt(thread, pc);
            await Journal.Handle.DownRead();
            i = UserThread.InstructionAt(thread, pc);
            await new Inode(i.Object).BlockMapLock.DownRead();
            i = UserThread.InstructionAt(thread, pc);
            Extent source = new Inode(i.Object).Extent(i.Page + n).Get();
            new Inode(i.Object).BlockMapLock.UpRead();
            await new Inode(i.Target).BlockMapLock.DownWrite();
            await new AccessStep(BlockAllocator.Word);
            i = UserThread.InstructionAt(thread, pc);
            Remap(new Inode(i.Target), i.TargetPage + n, source);
            await BlockMap.NoteChange(new Inode(i.Target));
            i = UserThread.InstructionAt(thread, pc);
            new Inode(i.Target).BlockMapLock.UpWrite();
            Journal.Handle.UpRead();
        }
    }

    private static void Remap(Inode target, int page, Extent source)
    {
        Extent old = target.Extent(page).Get();
        if (source.Type == IomapType.Mapped)
        {
            BlockAllocator.Share(source.Block);
        }

        target.Extent(page).Set(source.Type == IomapType.Mapped ? source : Extent.Hole);
        if (old.HasBlock)
        {
            BlockAllocator.Free(old.Block);
        }
    }
}
