using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Pmem;
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
    public static async Call DaxIomapRw(int pc)
    {
        Instruction i = UserThread.InstructionAt(pc);
        bool write = i.Opcode == Opcode.Write;
        if (!write && i.Page >= await new Inode(i.Object).ReadSize())
        {
            return; // read(2) at the end of the file: nothing
        }

        i = UserThread.InstructionAt(pc);
        if (write && Machine.Current.Version.WriteInvalidation == WriteInvalidation.BeforeAllocation)
        {
            await Truncate.InvalidateInodePages2Range(new Inode(i.Object), i.Page);
            i = UserThread.InstructionAt(pc);
        }

        Iomap iomap = await FilesystemOps.IomapBegin(new Inode(i.Object), i.Page, 1, write ? IomapFlags.Write : IomapFlags.None);
        if (write)
        {
            await DropWhatStoodForIt(pc, iomap);
        }

        if (write && iomap.Type != IomapType.Mapped)
        {
            Sites.Warn("dax_iomap_actor");
            return;
        }

        if (iomap.IsCopy)
        {
            i = UserThread.InstructionAt(pc);
            await DaxIomapCopyAround(iomap, whole: false, i.Word);
        }

        i = UserThread.InstructionAt(pc);
        int first = Math.Max(i.Word, 0), end = i.Word < 0 ? PageData.WordsPerPage : i.Word + 1;
        for (int word = first; word < end; word++)
        {
            i = UserThread.InstructionAt(pc);
            if (write)
            {
                await PageData.Word(iomap.Pfn, word).Write(UserThread.Operand(i));
                CacheLines.NoteNonTemporalStore(iomap.Pfn, word);
            }
            else
            {
                int value = iomap.Type == IomapType.Mapped ? await PageData.Word(iomap.Pfn, word).ReadOnce() : 0;
                StoreRead(pc, word - Math.Max(UserThread.InstructionAt(pc).Word, 0), value);
            }
        }

        i = UserThread.InstructionAt(pc);
        await FilesystemOps.IomapEnd(new Inode(i.Object), i.Page, iomap);
    }

    /// <summary>
    /// fs/dax.c dax_iomap_actor() (v4.12): a block that is new, or takes the place of a shared one, makes what stood there before stale.
    /// Until v4.11 only where the page cache has pages of the file.
    /// </summary>
    private static async Call DropWhatStoodForIt(int pc, Iomap iomap)
    {
        KernelVersion version = Machine.Current.Version;
        bool stale = iomap.IsNew || (iomap.IsCopy && version.CowInvalidate == CowInvalidate.CowToo);
        if (!stale || version.WriteInvalidation == WriteInvalidation.BeforeAllocation || version.Mutation == Mutation.NoInvalidate)
        {
            return;
        }

        Instruction i = UserThread.InstructionAt(pc);
        if (version.InvalidateUnmap == InvalidateUnmap.PageCacheOnly && !Truncate.HasPages(new Inode(i.Object)))
        {
            return;
        }

        if (iomap.IsCopy)
        {
            await DaxWriteback.DaxClearDirtyRange(new Inode(i.Object), i.Page);
        }

        i = UserThread.InstructionAt(pc);
        await Truncate.InvalidateInodePages2Range(new Inode(i.Object), i.Page);
    }

    /// <summary>
    /// fs/dax.c dax_iomap_copy_around() (v6.0): copies the words of a shared extent's block that will not be written. Through the cache: a
    /// fault tags the entry, so that fsync flushes them; after a write(2) nothing does.
    /// </summary>
    /// <param name="iomap">The fresh block, and the shared one.</param>
    /// <param name="whole">The whole page: a fault.</param>
    /// <param name="word">The word that a write(2) will write, -1 for all.</param>
    public static async Call DaxIomapCopyAround(Iomap iomap, bool whole, int word)
    {
        for (int w = 0; w < PageData.WordsPerPage; w++)
        {
            if (!whole && (word < 0 || w == word))
            {
                continue;
            }

            int value = await PageData.Word(Pfn.Block(iomap.SourceBlock), w).ReadOnce();
            await PageData.Word(iomap.Pfn, w).Write(value);
            CacheLines.NoteStore(iomap.Pfn, w);
        }
    }

    private static void StoreRead(int pc, int place, int value)
    {
        Instruction i = UserThread.InstructionAt(pc);
        if (place < i.RegisterCount)
        {
            UserThread.Register(i.Register + place).Raw = value;
        }
    }
}
