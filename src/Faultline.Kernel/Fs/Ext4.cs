using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Fs;

/// <summary>fs/ext4: fault handlers and block map look-ups of a DAX file.</summary>
internal static partial class Ext4
{
    private static RwSem SbPagefaults => new(Machine.Current.Places.SbPagefaults);

    /// <summary>fs/ext4/file.c ext4_dax_fault().</summary>
    [KernelName("ext4_dax_fault")]
    public static async Call<VmFault> DaxFault(VmFaultInfo vmf) => await DaxHugeFault(vmf, huge: false);

    /// <summary>
    /// fs/ext4/file.c ext4_dax_huge_fault(): for a write freeze protection, then the fault lock shared, then a journal handle, started
    /// before the entry lock (fb26a1cbed8c). A fault that must commit the metadata does so after it stopped the handle.
    /// </summary>
    [KernelName("ext4_dax_huge_fault")]
    public static async Call<VmFault> DaxHugeFault(VmFaultInfo vmf, bool huge)
    {
        if (IsWrite(vmf))
        {
            await SbPagefaults.DownRead();
            Sites.Reach(Mark.FileUpdateTime);
        }

        await vmf.Vma.Inode.FaultLock.DownRead();
        bool handle = IsWrite(vmf) && Machine.Current.Version.JournalStart == JournalStart.BeforeEntryLock;
        DaxFaultResult ret = VmFault.Sigbus;
        if (!handle || !Machine.Current.Program.MountedReadOnly)
        {
            if (handle)
            {
                await Journal.Handle.DownRead();
            }

            ret = huge ? await DaxPmdFault.DaxIomapPmdFault(vmf) : await Dax.DaxFault.DaxIomapPteFault(vmf);
            if (handle)
            {
                Journal.Handle.UpRead();
            }
        }

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

    /// <summary>vm_ops->pfn_mkwrite: before v4.14 a function of its own, since then fs/ext4/file.c ext4_dax_fault().</summary>
    public static Call<VmFault> PfnMkwrite(VmFaultInfo vmf) =>
        Machine.Current.Version.SharedStoreInsert == SharedStoreInsert.WritableAtOnce ? DaxFault(vmf) : MkwriteOnly(vmf);

    /// <summary>fs/ext4/file.c ext4_dax_pfn_mkwrite() (before v4.14), without a journal handle.</summary>
    [KernelName("ext4_dax_pfn_mkwrite")]
    private static async Call<VmFault> MkwriteOnly(VmFaultInfo vmf)
    {
        await SbPagefaults.DownRead();
        Sites.Reach(Mark.FileUpdateTime);
        await vmf.Vma.Inode.FaultLock.DownRead();
        VmFault ret = vmf.Page >= await vmf.Vma.Inode.ReadSize() ? VmFault.Sigbus : await Dax.DaxFault.DaxPfnMkwrite(vmf);
        vmf.Vma.Inode.FaultLock.UpRead();
        SbPagefaults.UpRead();
        return ret;
    }

    /// <summary>
    /// fs/ext4/inode.c ext4_iomap_begin() with ext4_map_blocks(): look up under i_data_sem shared; to allocate, take it exclusively
    /// and look again. Only the one who allocates reports a new block.
    /// </summary>
    [KernelName("ext4_iomap_begin")]
    public static async Call<Iomap> IomapBegin(Inode inode, int page, int pages, IomapFlags flags)
    {
        await inode.BlockMapLock.DownRead();
        Iomap found = BlockMap.Lookup(inode, page, pages);
        inode.BlockMapLock.UpRead();
        if ((flags & IomapFlags.Write) == 0 || found.Type == IomapType.Mapped)
        {
            return await FilesystemOps.WithDirtyFlag(inode, found, flags);
        }

        bool ownHandle = !Journal.Handle.IsMine; // in a fault the handle is open already
        if (ownHandle)
        {
            await Journal.Handle.DownRead();
        }

        await inode.BlockMapLock.DownWrite();
        Iomap iomap = await BlockMap.Allocate(inode, page, pages, flags);
        inode.BlockMapLock.UpWrite();
        if (ownHandle)
        {
            Journal.Handle.UpRead();
        }

        return await FilesystemOps.WithDirtyFlag(inode, iomap, flags);
    }

    // Until v4.13 a private store counts as a write, though it allocates nothing (fd96b8da68d3).
    private static bool IsWrite(VmFaultInfo vmf) =>
        vmf.IsWrite && (vmf.Vma.IsShared || Machine.Current.Version.Ext4CowPrelude == CowPrelude.AsWrite);
}
