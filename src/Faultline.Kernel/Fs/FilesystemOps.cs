using Faultline.Engine.Coroutines;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Fs;

/// <summary>The hooks that the mm, DAX and the system calls call: vm_operations_struct, iomap_ops, file and inode operations.</summary>
internal static class FilesystemOps
{
    private static bool IsExt4 => Machine.Current.Filesystem == FilesystemKind.Ext4;

    /// <summary>vm_ops->fault.</summary>
    public static Call<VmFault> Fault(VmFaultInfo vmf) => IsExt4 ? Ext4.DaxFault(vmf) : Xfs.FilemapFault(vmf);

    /// <summary>vm_ops->huge_fault, for a PMD.</summary>
    public static Call<VmFault> HugeFault(VmFaultInfo vmf) =>
        IsExt4 ? Ext4.DaxHugeFault(vmf, huge: true) : Xfs.FilemapHugeFault(vmf);

    /// <summary>vm_ops->page_mkwrite: for a DAX file the same handler.</summary>
    public static Call<VmFault> PageMkwrite(VmFaultInfo vmf) => Fault(vmf);

    /// <summary>vm_ops->pfn_mkwrite.</summary>
    public static Call<VmFault> PfnMkwrite(VmFaultInfo vmf) => IsExt4 ? Ext4.PfnMkwrite(vmf) : Xfs.FilemapPfnMkwrite(vmf);

    /// <summary>iomap_ops->iomap_begin, for some pages.</summary>
    public static Call<Iomap> IomapBegin(Inode inode, int page, int pages, IomapFlags flags) =>
        IsExt4 ? Ext4.IomapBegin(inode, page, pages, flags) : Xfs.FileIomapBegin(inode, page, pages, flags);

    /// <summary>iomap_ops->iomap_end: only a copy-on-write has something to finish.</summary>
    public static Call IomapEnd(Inode inode, int page, Iomap iomap) =>
        iomap.IsCopy ? Xfs.ReflinkEndCow(inode, page) : new Call(done: true);

    /// <summary>IOMAP_F_DIRTY (v4.15), fs/ext4/inode.c ext4_inode_datasync_dirty(), fs/xfs/xfs_iomap.c xfs_ipincount(): where MAP_SYNC may ask, says whether the file's metadata is committed.</summary>
    public static async Call<Iomap> WithDirtyFlag(Inode inode, Iomap iomap, IomapFlags flags)
    {
        const IomapFlags writeFault = IomapFlags.Write | IomapFlags.Fault;
        if (!Machine.Current.HasSyncMaps || (flags & writeFault) != writeFault)
        {
            return iomap;
        }

        int dirty = await inode.MetadataDirty.ReadOnce();
        return dirty != 0 ? iomap.MarkDirty() : iomap;
    }

    /// <summary>ftruncate(2).</summary>
    public static Call SetSize(Inode inode, int size) => IsExt4 ? Ext4.SetattrSize(inode, size) : Xfs.SetattrSize(inode, size);

    /// <summary>fallocate(2).</summary>
    public static Call Fallocate(int pc) => IsExt4 ? Ext4.DoFallocate(pc) : Xfs.FileFallocate(pc);

    /// <summary>ioctl(FICLONERANGE): XFS only.</summary>
    public static Call Reflink(int pc) => Xfs.FileRemapRange(pc);
}
