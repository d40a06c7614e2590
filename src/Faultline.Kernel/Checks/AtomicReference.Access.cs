using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;

namespace Faultline.Kernel.Checks;

/// <summary>Loads and stores of the atomic reference, and what changes private copies and mappings.</summary>
public sealed partial class AtomicReference
{
    private const int Writable = 2; // of a VMA's state
    private const int NewSide = 0;
    private const int OldSide = 1;

    // Each access chooses what it meets: the page as it is, as it was before the layout change under way, or a private copy that some
    // thread is about to drop. A choice of what is not there is no step.
    private AccessStep Choose(Instruction i) =>
        new(Copied(i.Object, i.Page).Index, 1 + (changesLayout ? 1 : 0) + (drops ? Threads : 0));

    private int FirstGoing => changesLayout ? 2 : 1;

    private static async Call Load(int thread, int pc)
    {
        int choice = await Current.Choose(Current.At(thread, pc));
        Instruction i = Current.At(thread, pc);
        if (Current.Reaches(thread, i, choice, store: false))
        {
            Word<int> register = Current.Register(thread, i.Register);
            register.Raw = Current.Place(thread, i, i.Word, choice).Raw;
        }
    }

    private static async Call Touch(int thread, int pc)
    {
        int choice = await Current.Choose(Current.At(thread, pc));
        Current.Reaches(thread, Current.At(thread, pc), choice, store: false);
    }

    // The page is pinned with the rights of that moment; what the mapping loses later does not stop the device.
    private static async Call DirectRead(int thread, int pc)
    {
        int choice = await Current.Choose(Current.At(thread, pc));
        Instruction i = Current.At(thread, pc);
        if (Current.Reaches(thread, i, choice, store: true))
        {
            await Store(thread, pc, Math.Max(i.Word, 0), i.Word < 0 ? Current.program.WordsPerPage : i.Word + 1, pinned: true);
        }
    }

    private static async Call Store(int thread, int pc, int first, int end, bool pinned)
    {
        for (int word = first; word < end; word++)
        {
            bool stored = false;
            while (!stored)
            {
                int choice = await Current.Choose(Current.At(thread, pc));
                Instruction i = Current.At(thread, pc);
                if (!Current.Reaches(thread, i, choice, store: true, pinned))
                {
                    break; // a signal; or the device's word goes to a page that is nobody's any more
                }

                if (Current.NeedsCopy(i, choice))
                {
                    await CopyPage(thread, pc);
                    continue;
                }

                Current.StoreWord(thread, i, word, choice);
                stored = true;
            }
        }
    }

    // Signals what the access gets instead, or drops the choice; true when there is a page to access.
    private bool Reaches(int thread, Instruction i, int choice, bool store, bool pinned = false)
    {
        int map = i.Object, file = program.Maps[map].File, state = new Word<int>(vmas + map).Raw;
        bool nothing = choice >= FirstGoing
            ? Going(choice - FirstGoing, map, i.Page).Raw == 0
            : choice == OldSide && (new Word<int>(fluxes + file).Raw == 0 || Copied(map, i.Page).Raw != 0);
        if (nothing)
        {
            Execution.Current.Prune();
            return false;
        }

        if (!pinned && (state == 0 || !Covers(map, i.Page) || (store && (state & Writable) == 0)))
        {
            Signal(thread, UserThread.Sigsegv);
            return false;
        }

        int size = choice == OldSide && changesLayout ? new Word<int>(oldSizes + file).Raw : Size(file).Raw;
        if (i.Page >= size && choice < FirstGoing)
        {
            if (!pinned)
            {
                Signal(thread, UserThread.Sigbus);
            }

            return false;
        }

        return true;
    }

    private bool NeedsCopy(Instruction i, int choice) =>
        choice < FirstGoing && !program.Maps[i.Object].Shared && Copied(i.Object, i.Page).Raw == 0;

    private Word<int> Place(int thread, Instruction i, int word, int choice)
    {
        int file = program.Maps[i.Object].File;
        if (choice >= FirstGoing)
        {
            return GoingWord(choice - FirstGoing, i.Object, i.Page, word);
        }

        if (Copied(i.Object, i.Page).Raw != 0)
        {
            return CopyWord(i.Object, i.Page, word);
        }

        return choice == OldSide && changesLayout ? OldWord(file, i.Page, word) : FileWord(file, i.Page, word);
    }

    // A store to what a layout change has taken the page from goes where that content is by now, if it is anywhere.
    private void StoreWord(int thread, Instruction i, int word, int choice)
    {
        int value = Operand(thread, i), file = program.Maps[i.Object].File;
        Word<int> place = Place(thread, i, word, choice);
        place.Raw = value;
        bool shared = program.Maps[i.Object].Shared;
        if (shared && choice == OldSide && changesLayout)
        {
            int moved = PlaceAfterChange(file, i.Page);
            if (moved >= 0)
            {
                Word<int> there = FileWord(file, moved, word);
                there.Raw = value;
            }
        }
        else if (shared && choice == NewSide && changesLayout && new Word<int>(fluxes + file).Raw != 0 && PlaceAfterChange(file, i.Page) == i.Page)
        {
            Word<int> there = OldWord(file, i.Page, word); // the change leaves this page alone: both sides are one page
            there.Raw = value;
        }
    }

    private static async Call CopyPage(int thread, int pc)
    {
        for (int word = 0; word < Current.program.WordsPerPage; word++)
        {
            int side = await Current.Choose(Current.At(thread, pc));
            Instruction i = Current.At(thread, pc);
            int file = Current.program.Maps[i.Object].File;
            bool old = side == OldSide && Current.changesLayout && new Word<int>(Current.fluxes + file).Raw != 0;
            if (side != NewSide && !old)
            {
                Execution.Current.Prune();
                return;
            }

            Current.Scratch(thread, word).Raw = (old ? Current.OldWord(file, i.Page, word) : Current.FileWord(file, i.Page, word)).Raw;
        }

        await new AccessStep(Current.Copied(Current.At(thread, pc).Object, Current.At(thread, pc).Page).Index);
        Current.InstallCopy(thread, Current.At(thread, pc));
    }

    private void InstallCopy(int thread, Instruction i)
    {
        for (int word = 0; word < program.WordsPerPage; word++)
        {
            if (Copied(i.Object, i.Page).Raw == 0)
            {
                CopyWord(i.Object, i.Page, word).Raw = Scratch(thread, word).Raw;
            }

            Scratch(thread, word).Raw = 0;
        }

        Copied(i.Object, i.Page).Raw = 1;
    }

    private static async Call DontNeed(int thread, Instruction i)
    {
        int first = Math.Max(i.Page, 0);
        for (int page = first; page < Current.EndPage(i); page++)
        {
            await new AccessStep(Current.Copied(i.Object, page).Index);
            Current.BeginToDrop(thread, i.Object, page);
        }

        await new AccessStep(Current.Going(thread, i.Object, first).Index);
        for (int page = first; page < Current.EndPage(i); page++)
        {
            Current.Drop(thread, i.Object, page);
        }
    }

    private int EndPage(Instruction i) =>
        i.Page < 0 ? firstMappedPage[i.Object + 1] - firstMappedPage[i.Object] : i.Page + 1;

    private void BeginToDrop(int thread, int map, int page)
    {
        Move(Copied(map, page), Going(thread, map, page));
        for (int word = 0; word < program.WordsPerPage; word++)
        {
            Move(CopyWord(map, page, word), GoingWord(thread, map, page, word));
        }
    }

    private void Drop(int thread, int map, int page)
    {
        Clear(Going(thread, map, page));
        for (int word = 0; word < program.WordsPerPage; word++)
        {
            Clear(GoingWord(thread, map, page, word));
        }
    }

    private void DropCopy(int map, int page)
    {
        Clear(Copied(map, page));
        for (int word = 0; word < program.WordsPerPage; word++)
        {
            Clear(CopyWord(map, page, word));
        }
    }

    private static void Move(Word<int> from, Word<int> to)
    {
        to.Raw = from.Raw;
        from.Raw = 0;
    }

    private static void Clear(Word<int> word) => word.Raw = 0;

    private static async Call ChangeMap(int thread, int pc)
    {
        Instruction i = Current.At(thread, pc);
        await new AccessStep(Current.vmas + i.Object);
        i = Current.At(thread, pc);
        Word<int> state = new(Current.vmas + i.Object);
        if (i.Opcode == Opcode.Mprotect)
        {
            state.Raw = state.Raw == 0 ? 0 : Mm.Vma.StateOf(i.Value != 0);
            return;
        }

        state.Raw = 0;
        for (int page = 0; page < Current.EndPage(i with { Page = -1 }); page++)
        {
            Current.DropCopy(i.Object, page);
        }
    }

    private static async Call Fork(int thread, int pc)
    {
        for (int map = 0; map < Current.program.Maps.Count; map++)
        {
            MapSpec spec = Current.program.Maps[map];
            if (spec.CopyOf < 0 || spec.Process != Current.program.Threads[Current.At(thread, pc).Value].Process)
            {
                continue;
            }

            await new AccessStep(Current.vmas + map);
            Word<int> state = new(Current.vmas + map);
            state.Raw = new Word<int>(Current.vmas + Current.program.Maps[map].CopyOf).Raw;
            for (int page = 0; page < Current.Capacity(Current.program.Maps[map].File); page++)
            {
                await new AccessStep(Current.Copied(map, page).Index);
                Current.CopyFromParent(map, page);
            }
        }

        await new WaitQueue(Current.forked + Current.At(thread, pc).Value).WakeAll();
    }

    private void CopyFromParent(int map, int page)
    {
        int parent = program.Maps[map].CopyOf;
        Copied(map, page).Raw = Copied(parent, page).Raw;
        for (int word = 0; word < program.WordsPerPage; word++)
        {
            CopyWord(map, page, word).Raw = CopyWord(parent, page, word).Raw;
        }
    }
}
