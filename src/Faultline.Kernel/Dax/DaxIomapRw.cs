using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c: read(2) and write(2).</summary>
internal static class DaxIomap
{
    /// <summary>
    /// fs/dax.c dax_iomap_rw() and dax_iomap_actor() (v4.12), dax_iomap_iter() (v6.12), one page: find or allocate the block, throw
    /// away what stood for the hole if it is new, then copy word by word. Looks at no page table and no entry otherwise.
    /// </summary>
    public static async Call DaxIomapRw(int thread, int pc)
    {
        Instruction i = UserThread.InstructionAt(thread, pc);
        bool write = i.Opcode == Opcode.Write;
        Iomap iomap = await FilesystemOps.IomapBegin(new Inode(i.Object), i.Page, write);
        if (write && iomap.IsNew && Machine.Current.Version.Mutation != Mutation.NoInvalidate)
        {
            await Truncate.InvalidateInodePages2Range(new Inode(i.Object), i.Page);
        }

        if (write && iomap.Type != IomapType.Mapped)
        {
            Sites.Warn("dax_iomap_actor");
            return;
        }

        i = UserThread.InstructionAt(thread, pc);
        int first = Math.Max(i.Word, 0), end = i.Word < 0 ? PageData.WordsPerPage : i.Word + 1;
        for (int word = first; word < end; word++)
        {
            i = UserThread.InstructionAt(thread, pc);
            if (write)
            {
                await PageData.Word(iomap.Pfn, word).Write(UserThread.Operand(thread, i));
            }
            else
            {
                int value = iomap.Type == IomapType.Mapped ? await PageData.Word(iomap.Pfn, word).ReadOnce() : 0;
                StoreRead(thread, pc, word - Math.Max(UserThread.InstructionAt(thread, pc).Word, 0), value);
            }
        }
    }

    private static void StoreRead(int thread, int pc, int place, int value)
    {
        Instruction i = UserThread.InstructionAt(thread, pc);
        if (place < i.RegisterCount)
        {
            UserThread.Register(thread, i.Register + place).Raw = value;
        }
    }
}
