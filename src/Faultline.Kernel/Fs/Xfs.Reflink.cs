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
    public static async Call FileRemapRange(int pc)
    {
        await LockTwo(pc);
        Instruction i = UserThread.InstructionAt(pc);
        if (i.Page + i.Pages <= new Inode(i.Object).SizeNow)
        {
            await Remap(pc); // else -EINVAL
        }

        if (First(pc) != Second(pc))
        {
            Unlock(Second(pc));
        }

        Unlock(First(pc));
    }

    /// <summary>fs/xfs/xfs_reflink.c xfs_reflink_remap_prep(), xfs_reflink_remap_blocks(), xfs_reflink_update_dest().</summary>
    [KernelName("xfs_reflink_remap_prep")]
    private static async Call Remap(int pc)
    {
        Instruction i = UserThread.InstructionAt(pc);
        await DaxWriteback.DaxWritebackMappingRange(new Inode(i.Object), i.Page, i.Pages);
        i = UserThread.InstructionAt(pc);
        await FlushUnmapRange(new Inode(i.Target), i.TargetPage, i.Pages);
        i = UserThread.InstructionAt(pc);
        await ReflinkRemap(pc);
        i = UserThread.InstructionAt(pc);
        if (i.TargetPage + i.Pages > new Inode(i.Target).SizeNow)
        {
            await new Inode(i.Target).Size.Write(i.TargetPage + i.Pages);
            i = UserThread.InstructionAt(pc);
            await BlockMap.NoteChange(new Inode(i.Target));
        }
    }

    /// <summary>
    /// fs/xfs/xfs_inode.c xfs_ilock2_io_mmap() with xfs_mmaplock_two_inodes_and_break_dax_layout(): both IOLOCKs, then both MMAPLOCKs, each
    /// file's layouts broken. Nobody waits for a page of the second file with the first one's MMAPLOCK held: both are dropped, and it
    /// begins again.
    /// </summary>
    [KernelName("xfs_ilock2_io_mmap")]
    private static async Call LockTwo(int pc)
    {
        await First(pc).Rwsem.DownWrite();
        if (First(pc) != Second(pc))
        {
            await Second(pc).Rwsem.DownWrite();
        }

        for (;;)
        {
            await LockFaultsOut(First(pc));
            if (First(pc) == Second(pc))
            {
                return;
            }

            await Second(pc).FaultLock.DownWrite();
            if (Machine.Current.Version.XfsLayoutBreak != LayoutBreak.Waits || await DaxLayout.TryBreakLayout(Second(pc)))
            {
                new Inode(InstructionAt(pc).Object).NoteLayoutChange(begins: false); // the source stays as it is
                new Inode(InstructionAt(pc).Target).NoteLayoutChange(begins: true);
                return;
            }

            Second(pc).FaultLock.UpWrite();
            First(pc).NoteLayoutChange(begins: false);
            First(pc).FaultLock.UpWrite();
        }
    }

    private static Inode First(int pc) => new(Math.Min(InstructionAt(pc).Object, InstructionAt(pc).Target));

    private static Inode Second(int pc) => new(Math.Max(InstructionAt(pc).Object, InstructionAt(pc).Target));

    private static Instruction InstructionAt(int pc) => UserThread.InstructionAt(pc);

    /// <summary>fs/xfs/xfs_reflink.c xfs_reflink_remap_blocks(): page by page, under the target's ILOCK in a transaction each.</summary>
    [KernelName("xfs_reflink_remap_blocks")]
    private static async Call ReflinkRemap(int pc)
    {
        for (int n = 0; n < UserThread.InstructionAt(pc).Pages; n++)
        {
            Instruction i = UserThread.InstructionAt(pc);
            await Journal.Handle.DownRead();
            i = UserThread.InstructionAt(pc);
            await new Inode(i.Object).BlockMapLock.DownRead();
            i = UserThread.InstructionAt(pc);
            Extent source = new Inode(i.Object).Extent(i.Page + n).Get();
            new Inode(i.Object).BlockMapLock.UpRead();
            await new Inode(i.Target).BlockMapLock.DownWrite();
            await new AccessStep(BlockAllocator.Word);
            i = UserThread.InstructionAt(pc);
            Remap(new Inode(i.Target), i.TargetPage + n, source);
            await BlockMap.NoteChange(new Inode(i.Target));
            i = UserThread.InstructionAt(pc);
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
