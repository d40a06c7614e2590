using Faultline.Engine.Coroutines;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Pmem;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;

namespace Faultline.Kernel.Fs;

/// <summary>fs/read_write.c, and what the filesystems do around dax_iomap_rw(). Neither system call takes the fault lock.</summary>
internal static class ReadWrite
{
    /// <summary>fs/read_write.c ksys_read() to ext4_dax_read_iter() / xfs_file_dax_read(): the inode's rwsem shared.</summary>
    public static async Call KsysRead(int pc)
    {
        await new Inode(UserThread.InstructionAt(pc).Object).Rwsem.DownRead();
        await DaxIomap.DaxIomapRw(pc);
        new Inode(UserThread.InstructionAt(pc).Object).Rwsem.UpRead();
    }

    /// <summary>
    /// fs/read_write.c ksys_write() to ext4_dax_write_iter() / xfs_file_dax_write(): the inode's rwsem exclusive. A write beyond the end
    /// changes i_size after it copied.
    /// </summary>
    public static async Call KsysWrite(int pc)
    {
        await new Inode(UserThread.InstructionAt(pc).Object).Rwsem.DownWrite();
        new Inode(UserThread.InstructionAt(pc).Object).NoteWritingAt(UserThread.InstructionAt(pc).Page);
        await DaxIomap.DaxIomapRw(pc);
        Instruction i = UserThread.InstructionAt(pc);
        if (i.Page >= new Inode(i.Object).SizeNow)
        {
            await new Inode(i.Object).Size.Write(i.Page + 1);
            i = UserThread.InstructionAt(pc);
            await BlockMap.NoteChange(new Inode(i.Object));
        }

        CacheLines.Fence(); // locked instructions
        new Inode(UserThread.InstructionAt(pc).Object).NoteWritingAt(-1);
        new Inode(UserThread.InstructionAt(pc).Object).Rwsem.UpWrite();
    }
}
