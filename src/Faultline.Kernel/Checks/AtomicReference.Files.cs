using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Programs;

namespace Faultline.Kernel.Checks;

/// <summary>System calls on files in the atomic reference. Layout changes begin, when the new side is there, and end, when the old side goes.</summary>
public sealed partial class AtomicReference
{
    private const int FluxShift = 12; // a flux word: 1 + kind, and the instruction's place

    private static async Call ReadOrWrite(int thread, int pc)
    {
        Instruction i = Current.At(thread, pc);
        RwSem inode = new(Current.locks + i.Object);
        bool write = i.Opcode == Opcode.Write, locks = Current.changesLayout;
        if (locks && write)
        {
            await inode.DownWrite();
        }
        else if (locks)
        {
            await inode.DownRead();
        }

        await CopyWords(thread, pc);
        inode = new(Current.locks + Current.At(thread, pc).Object);
        if (locks && write)
        {
            inode.UpWrite();
        }
        else if (locks)
        {
            inode.UpRead();
        }
    }

    private static async Call CopyWords(int thread, int pc)
    {
        Instruction i = Current.At(thread, pc);
        int first = Math.Max(i.Word, 0), end = i.Word < 0 ? Current.program.WordsPerPage : i.Word + 1;
        for (int word = first; word < end; word++)
        {
            i = Current.At(thread, pc);
            await new AccessStep(Current.FileWord(i.Object, i.Page, word).Index);
            i = Current.At(thread, pc);
            Word<int> place = Current.FileWord(i.Object, i.Page, word);
            if (i.Opcode == Opcode.Write)
            {
                place.Raw = Current.Operand(thread, i);
            }
            else if (word - first < i.RegisterCount)
            {
                Word<int> register = Current.Register(thread, i.Register + word - first);
                register.Raw = i.Page < Current.Size(i.Object).Raw ? place.Raw : 0;
            }
        }

        i = Current.At(thread, pc);
        if (i.Opcode == Opcode.Write && i.Page >= Current.Size(i.Object).Raw)
        {
            await Current.Size(i.Object).Write(i.Page + 1);
        }
    }

    private static async Call ChangeLayout(int thread, int pc)
    {
        await new RwSem(Current.locks + Current.Changed(thread, pc)).DownWrite();
        int dropsCopies = Current.MayDropCopies(thread, pc) ? 2 : 1;
        int choice = await new AccessStep(Current.fluxes + Current.Changed(thread, pc), dropsCopies);
        if (!Current.Refuses(thread, pc))
        {
            Current.BeginChange(thread, pc, choice != 0);
            await new AccessStep(Current.fluxes + Current.Changed(thread, pc));
            Current.EndChange(thread, Current.Changed(thread, pc));
        }

        new RwSem(Current.locks + Current.Changed(thread, pc)).UpWrite();
    }

    private int Changed(int thread, int pc) => At(thread, pc).Opcode == Opcode.Reflink ? At(thread, pc).Target : At(thread, pc).Object;

    // Collapse and insert: ext4 drops private copies from the range on, XFS keeps them; nobody promises either.
    private bool MayDropCopies(int thread, int pc)
    {
        Instruction i = At(thread, pc);
        return i.Opcode == Opcode.Fallocate && i.Mode is FallocateMode.CollapseRange or FallocateMode.InsertRange;
    }

    // -EINVAL: a collapsed range must end before the end of the file, an inserted one begin before it, what is cloned lie before it; -EFBIG.
    private bool Refuses(int thread, int pc)
    {
        Instruction i = At(thread, pc);
        if (i.Opcode == Opcode.Reflink)
        {
            return i.Page + i.Pages > Size(i.Object).Raw;
        }

        int size = Size(Changed(thread, pc)).Raw;
        return i.Opcode == Opcode.Fallocate && i.Mode switch
        {
            FallocateMode.CollapseRange => i.Page + i.Pages >= size,
            FallocateMode.InsertRange => i.Page >= size || size + i.Pages > Capacity(i.Object),
            _ => false,
        };
    }

    private void BeginChange(int thread, int pc, bool dropsCopies)
    {
        Instruction i = At(thread, pc);
        int file = Changed(thread, pc), size = Size(file).Raw;
        for (int page = 0; page < Capacity(file); page++)
        {
            for (int word = 0; word < program.WordsPerPage; word++)
            {
                OldWord(file, page, word).Raw = page < size ? FileWord(file, page, word).Raw : 0;
            }
        }

        Set(oldSizes + file, size);
        Set(fluxes + file, 1 + ((thread << FluxShift) | pc));
        int newSize = SizeAfter(i, size);
        for (int page = Capacity(file) - 1; page >= 0; page--)
        {
            for (int word = 0; word < program.WordsPerPage; word++)
            {
                FileWord(file, page, word).Raw = page < newSize ? WordAfter(i, page, word, size) : 0;
            }
        }

        Size(file).Raw = newSize;
        DropCopies(thread, file, dropsCopies ? i.Page : newSize, begins: true);
    }

    private int SizeAfter(Instruction i, int size) => (i.Opcode, i.Mode) switch
    {
        (Opcode.Truncate, _) => i.Value,
        (Opcode.Reflink, _) => Math.Max(size, i.TargetPage + i.Pages),
        (_, FallocateMode.CollapseRange) => size - i.Pages,
        (_, FallocateMode.InsertRange) => size + i.Pages,
        (_, FallocateMode.PunchHole) => size,
        _ => Math.Max(size, i.Page + i.Pages),
    };

    private int WordAfter(Instruction i, int page, int word, int oldSize)
    {
        if (i.Opcode == Opcode.Reflink && page >= i.TargetPage && page < i.TargetPage + i.Pages)
        {
            int from = i.Page + page - i.TargetPage;
            return i.Object == i.Target ? OldWord(i.Object, from, word).Raw
                : from < Size(i.Object).Raw ? FileWord(i.Object, from, word).Raw : 0;
        }

        int file = i.Opcode == Opcode.Reflink ? i.Target : i.Object;
        int source = PlaceBefore(i, page);
        return source >= 0 && source < oldSize ? OldWord(file, source, word).Raw : 0;
    }

    // Where the content of a page was before a change; -1: it is new.
    private static int PlaceBefore(Instruction i, int page)
    {
        bool inside = page >= i.Page && page < i.Page + i.Pages;
        return i.Opcode != Opcode.Fallocate ? page : i.Mode switch
        {
            FallocateMode.PunchHole or FallocateMode.ZeroRange or FallocateMode.InsertRange when inside => -1,
            FallocateMode.CollapseRange when page >= i.Page => page + i.Pages,
            FallocateMode.InsertRange when page > i.Page => page - i.Pages,
            _ => page,
        };
    }

    // Where the content of a page is after the change under way; -1: nowhere.
    private int PlaceAfterChange(int file, int page)
    {
        int flux = new Word<int>(fluxes + file).Raw - 1;
        if (flux < 0)
        {
            return page;
        }

        Instruction i = At(flux >> FluxShift, flux & ((1 << FluxShift) - 1));
        int size = Size(file).Raw;
        for (int after = 0; after < Capacity(file); after++)
        {
            bool replaced = i.Opcode == Opcode.Reflink && after >= i.TargetPage && after < i.TargetPage + i.Pages;
            if (!replaced && after < size && PlaceBefore(i, after) == page)
            {
                return after;
            }
        }

        return -1;
    }

    private void DropCopies(int thread, int file, int first, bool begins)
    {
        for (int map = 0; map < program.Maps.Count; map++)
        {
            for (int page = first; drops && program.Maps[map].File == file && page < Capacity(file); page++)
            {
                if (begins)
                {
                    BeginToDrop(thread, map, page);
                }
                else
                {
                    Drop(thread, map, page);
                }
            }
        }
    }

    private static void Set(int word, int value)
    {
        Word<int> it = new(word);
        it.Raw = value;
    }

    private void EndChange(int thread, int file)
    {
        DropCopies(thread, file, 0, begins: false);
        for (int page = 0; page < Capacity(file); page++)
        {
            for (int word = 0; word < program.WordsPerPage; word++)
            {
                OldWord(file, page, word).Raw = 0;
            }
        }

        Set(oldSizes + file, 0);
        Set(fluxes + file, 0);
    }
}
