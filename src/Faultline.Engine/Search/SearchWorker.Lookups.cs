using System.Numerics;
using System.Runtime.CompilerServices;

namespace Faultline.Engine.Search;

/// <summary>
/// Looking up where steps led, a batch at a time: in the worker's own part of the visited set a batch later, when the places have come from
/// memory; in that of another worker when it has answered.
/// </summary>
internal sealed unsafe partial class SearchWorker
{
    private const int Patience = 64; // looks for an answer before the worker answers itself
    private readonly LookupExchange? exchange;
    private readonly LookupChannel[] asked; // of each part; none where there is one worker
    private LookupBatch* older = LookupBatch.Allocate(1);
    private LookupBatch* newer = LookupBatch.Allocate(1);
    private readonly LookupBatch** filling; // for each part; of the own one, the newer

    private bool IsPending
    {
        get
        {
            bool isPending = (older->Count | newer->Count) != 0;
            foreach (LookupChannel channel in asked)
            {
                isPending |= !channel.IsEmpty;
            }

            return isPending;
        }
    }

    /// <summary>Looks up where every step led that was taken.</summary>
    public void MeetPending()
    {
        while (IsPending)
        {
            MeetSome();
        }
    }

    // There is nothing else to do.
    private void MeetSome()
    {
        if ((older->Count | newer->Count) != 0)
        {
            MeetOlder();
        }
        else
        {
            AwaitAnswer();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reach(byte* from, CachedStep* step, byte* made, ulong fingerprint)
    {
        if ((++Transitions & SearchTask.CheckMask) == 0)
        {
            task.CheckLimits(this, isFirst);
        }

        StatePool.NoteOf(from)->Users++;
        int part = visited.PartOf(fingerprint);
        LookupBatch* batch = filling[part];
        visited.Prefetch(fingerprint, me, part == me, batch);
        if (LookupBatch.Add(batch, from, step, made, fingerprint))
        {
            EndBatch(part);
        }
    }

    private void EndBatch(int part)
    {
        if (part == me)
        {
            MeetOlder();
            return;
        }

        asked[part].Send();
        while (asked[part].IsFull)
        {
            AwaitAnswer();
        }

        filling[part] = asked[part].Filling;
    }

    // Looks up the older batch. The newer one, which is full or all there is, is the older one then.
    private void MeetOlder()
    {
        LookupBatch* batch = older;
        exchange?.Prefetch(me);
        while (batch->Count > 0)
        {
            int count = task.MayLookUp(batch->Count);
            LookUp(batch, count);
            Meet(batch, count);
            LookupBatch.RemoveFirst(batch, count == 0 ? batch->Count : count);
        }

        older = newer;
        newer = batch;
        filling[me] = batch;
        if (exchange is not null)
        {
            exchange.Answer(me);
            TakeAnswers();
            HandOver();
        }
    }

    private void LookUp(LookupBatch* batch, int count)
    {
        if (bits is not null)
        {
            bits.Add(batch, count);
        }
        else if (exchange is null)
        {
            batch->IsNew = visited.Add(batch->Fingerprints, count, me, batch->Numbers);
        }
        else
        {
            Hold();
            try
            {
                LookupBatch* next = exchange.Next(me);
                int more = next == null ? 0 : next->Turn;
                batch->IsNew = visited.Add(batch->Fingerprints, count, me, batch->Numbers, next == null ? null : next->Asked, more);
            }
            finally
            {
                visited.Release(me);
            }
        }
    }

    // Where steps led was looked up: what is new waits to be expanded.
    private void Meet(LookupBatch* batch, int count)
    {
        PendingStep* steps = LookupBatch.StepsOf(batch);
        if (exchange is not null && count > 0)
        {
            NoteStranger(steps, batch->Fingerprints[0]);
        }

        for (int i = 0; Edges is not null && i < count; i++)
        {
            Edges.Add(StatePool.NoteOf(steps[i].From)->Number, batch->Numbers[i]);
        }

        ulong isMade = batch->IsMade & (ulong.MaxValue >> (LookupBatch.Size - count));
        for (ulong isNew = batch->IsNew; isNew != 0; isNew &= isNew - 1)
        {
            int i = BitOperations.TrailingZeroCount(isNew);
            PendingStep* step = steps + i;
            byte* state = ((isMade >> i) & 1) == 0 ? Make(step->From, step->Step) : step->Made;
            KeepNew(state, batch->Fingerprints[i], batch->Numbers[i], StatePool.NoteOf(step->From)->Depth + 1, step->Step);
        }

        for (ulong isOld = isMade & ~batch->IsNew; isOld != 0; isOld &= isOld - 1)
        {
            Pool.Give(steps[BitOperations.TrailingZeroCount(isOld)].Made);
        }

        Pool.LetGo(steps, count);
    }

    // Who waits for a part that grows lets its own grow too.
    private void GrowEarly()
    {
        Hold();
        try
        {
            visited.GrowEarly(me);
        }
        finally
        {
            visited.Release(me);
        }
    }

    private void Hold()
    {
        while (!visited.TryHold(me))
        {
            Thread.SpinWait(8);
        }
    }

    // Sends what was asked, and waits for one answer.
    private void AwaitAnswer()
    {
        for (int part = 0; part < asked.Length; part++)
        {
            if (part != me && asked[part].HasRoom)
            {
                asked[part].Send();
                filling[part] = asked[part].Filling;
            }
        }

        for (int looks = 0; ; looks++)
        {
            exchange!.Answer(me);
            if (TakeAnswers())
            {
                return;
            }

            if (looks < Patience)
            {
                Thread.SpinWait(8);
                if (visited.IsAnotherGrowing(me))
                {
                    GrowEarly();
                }

                continue;
            }

            for (int part = 0; part < asked.Length; part++)
            {
                exchange.Answer(part);
            }

            Thread.Yield(); // there may be more workers than processors
        }
    }

    private bool TakeAnswers()
    {
        bool any = false;
        foreach (LookupChannel channel in asked)
        {
            for (LookupBatch* batch = channel.Take(); batch != null; batch = channel.Take())
            {
                Meet(batch, batch->Count);
                channel.TakeBack();
                any = true;
            }
        }

        return any;
    }
}
