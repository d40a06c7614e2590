using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Fs;

/// <summary>fs/xfs: fault handlers and block map look-ups of a DAX file.</summary>
internal static partial class Xfs
{
    private static RwSem SbPagefaults => new(Machine.Current.Places.SbPagefaults);

    /// <summary>
    /// fs/xfs/xfs_file.c xfs_filemap_fault() and, for a write, xfs_filemap_page_mkwrite(): freeze protection for a write, then
    /// MMAPLOCK shared. No transaction is open around the DAX fault.
    /// </summary>
    public static Call<VmFault> FilemapFault(VmFaultInfo vmf) => FaultBody(vmf, huge: false);

    /// <summary>fs/xfs/xfs_file.c xfs_filemap_huge_fault().</summary>
    public static Call<VmFault> FilemapHugeFault(VmFaultInfo vmf) => FaultBody(vmf, huge: true);

    /// <summary>fs/xfs/xfs_file.c __xfs_filemap_fault() (v4.14), before the bodies of the functions that call it.</summary>
    [KernelName("__xfs_filemap_fault")]
    private static async Call<VmFault> FaultBody(VmFaultInfo vmf, bool huge)
    {
        if (IsWrite(vmf))
        {
            await SbPagefaults.DownRead();
            Sites.Reach(Mark.FileUpdateTime);
        }

        await vmf.Vma.Inode.FaultLock.DownRead();
        DaxFaultResult ret = huge ? await DaxPmdFault.DaxIomapPmdFault(vmf) : await Dax.DaxFault.DaxIomapPteFault(vmf);
        if ((ret.Code & VmFault.NeedDSync) != 0)
        {
            ret = await DaxSync.DaxFinishSyncFault(vmf, ret.Pfn, huge);
        }

        vmf.Vma.Inode.FaultLock.UpRead();
        if (IsWrite(vmf))
        {
            SbPagefaults.UpRead();
        }

        return ret.Code;
    }

    /// <summary>fs/xfs/xfs_file.c xfs_filemap_pfn_mkwrite(): before v4.14 around dax_pfn_mkwrite(), since then around the whole fault.</summary>
    [KernelName("xfs_filemap_pfn_mkwrite")]
    public static async Call<VmFault> FilemapPfnMkwrite(VmFaultInfo vmf)
    {
        if (Machine.Current.Version.SharedStoreInsert == SharedStoreInsert.WritableAtOnce)
        {
            return await FaultBody(vmf, huge: false);
        }

        await SbPagefaults.DownRead();
        Sites.Reach(Mark.FileUpdateTime);
        await vmf.Vma.Inode.FaultLock.DownRead();
        VmFault ret = vmf.Page >= await vmf.Vma.Inode.ReadSize() ? VmFault.Sigbus : await Dax.DaxFault.DaxPfnMkwrite(vmf);
        vmf.Vma.Inode.FaultLock.UpRead();
        SbPagefaults.UpRead();
        return ret;
    }

    /// <summary>
    /// fs/xfs/xfs_iomap.c xfs_file_iomap_begin() with xfs_iomap_write_direct(): look up under ILOCK shared, drop it, allocate under
    /// ILOCK exclusive in a transaction. Whoever comes to allocate reports a new block, even when another was faster; it zeroes
    /// only what it allocated itself. A shared extent is copied on write.
    /// </summary>
    [KernelName("xfs_file_iomap_begin")]
    public static async Call<Iomap> FileIomapBegin(Inode inode, int page, int pages, IomapFlags flags)
    {
        await inode.BlockMapLock.DownRead();
        Iomap found = BlockMap.Lookup(inode, page, pages);
        bool shared = IsShared(inode, page), twoOwners = HasTwoOwners(inode.Extent(page).Get());
        inode.BlockMapLock.UpRead();
        if ((flags & IomapFlags.Write) == 0)
        {
            return ReadIomapBegin(found, twoOwners);
        }

        if (found.Type == IomapType.Mapped && !shared)
        {
            return await FilesystemOps.WithDirtyFlag(inode, found, flags);
        }

        await Journal.Handle.DownRead();
        await inode.BlockMapLock.DownWrite();
        Iomap iomap;
        if (IsShared(inode, page))
        {
            iomap = ReflinkAllocateCow(inode, page);
        }
        else
        {
            bool converts = BlockMap.Lookup(inode, page, pages).Type == IomapType.Unwritten;
            iomap = await BlockMap.Allocate(inode, page, pages, flags);
            iomap = converts ? BlockMap.Lookup(inode, page, pages) : iomap; // merged with the written blocks behind it
            iomap = found.Type == IomapType.Mapped ? iomap : iomap.MarkNew();
        }

        inode.BlockMapLock.UpWrite();
        Journal.Handle.UpRead();
        return await FilesystemOps.WithDirtyFlag(inode, iomap, flags);
    }

    /// <summary>
    /// fs/xfs/xfs_iomap.c xfs_read_iomap_begin(): since f76b3a32879d (v6.2) it says that an extent is shared, and the DAX fault unmaps what
    /// maps it already.
    /// </summary>
    [KernelName("xfs_read_iomap_begin")]
    private static Iomap ReadIomapBegin(Iomap found, bool shared) =>
        shared && Machine.Current.Version.ReadFaultTag == ReadFaultTag.Clean ? found.MarkShared() : found;

    private static bool IsWrite(VmFaultInfo vmf) =>
        vmf.IsWrite && (vmf.Vma.IsShared || Machine.Current.Version.XfsCowPrelude == CowPrelude.AsWrite);
}
