using Faultline.Engine.State;

namespace Faultline.Engine.Search.Optimal;

/// <summary>Which steps of an execution could have come in another order, and the schedules that bring that about.</summary>
public sealed unsafe partial class OptimalSearch
{
    // The steps that the one just taken comes after: those of its own thread, and those it depends on, with all that these come after.
    private void Order(int depth)
    {
        Place place = path[depth];
        Array.Clear(place.Clock);
        for (int before = depth - 1; before >= 0; before--)
        {
            Step earlier = path[before].Taken;
            bool known = place.Clock[earlier.Thread] > before;
            if (!known && (earlier.Thread == place.Taken.Thread || sets.Conflict(earlier.Touched, place.Taken.Touched)))
            {
                for (int t = 0; t < place.Clock.Length; t++)
                {
                    place.Clock[t] = Math.Max(place.Clock[t], path[before].Clock[t]);
                }
            }
        }

        place.Clock[place.Taken.Thread] = depth + 1;
    }

    private bool ComesAfter(int earlier, int later) => path[later].Clock[path[earlier].Taken.Thread] > earlier;

    private void FindRaces(int end)
    {
        for (int later = 0; later < end; later++)
        {
            Step second = path[later].Taken;
            for (int earlier = later - 1; earlier >= 0; earlier--)
            {
                if (IsRace(earlier, later))
                {
                    Reverse(earlier, second.Thread, second.Touched, later, end);
                }
            }
        }

        for (int thread = 0; thread < execution.Shape.Threads; thread++)
        {
            if (Awaited(end, thread) is { } touched)
            {
                ReverseLast(thread, touched, end);
            }
        }
    }

    // Two steps of different threads that depend on each other, and not only by way of a third.
    private bool IsRace(int earlier, int later)
    {
        if (path[earlier].Taken.Thread == path[later].Taken.Thread
            || !sets.Conflict(path[earlier].Taken.Touched, path[later].Taken.Touched))
        {
            return false;
        }

        for (int between = earlier + 1; between < later; between++)
        {
            if (ComesAfter(earlier, between) && ComesAfter(between, later))
            {
                return false;
            }
        }

        return true;
    }

    // What a thread that is stuck would touch: the lock that it waits for.
    private int? Awaited(int end, int thread)
    {
        ThreadHeader* header = execution.Shape.Header(path[end].State, thread);
        if (header->Kind is not (StepKind.Lock or StepKind.DownRead or StepKind.DownWrite))
        {
            return null;
        }

        Array.Clear(scratch);
        sets.Write(scratch, header->Word);
        return sets.Intern(scratch);
    }

    private void ReverseLast(int thread, int touched, int end)
    {
        for (int earlier = end - 1; earlier >= 0; earlier--)
        {
            if (path[earlier].Taken.Thread != thread && sets.Conflict(path[earlier].Taken.Touched, touched))
            {
                Reverse(earlier, thread, touched, end, end);
                return;
            }
        }
    }

    // Where the second step cannot be made before the first, since that gives up a lock that it needs, the race is with an earlier step of
    // the same thread: the one that took the lock.
    private void Reverse(int earlier, int thread, int touched, int later, int end)
    {
        int first = path[earlier].Taken.Thread;
        for (int at = earlier; at >= 0; at--)
        {
            bool depends = path[at].Taken.Thread == first && sets.Conflict(path[at].Taken.Touched, touched);
            if (depends && (StandsElsewhere(at, thread, later) || TryReverse(at, thread, end)))
            {
                return;
            }
        }
    }

    // The thread's own last step comes after the first one: without that it is not where it makes the second.
    private bool StandsElsewhere(int at, int thread, int later)
    {
        for (int own = later - 1; own > at; own--)
        {
            if (path[own].Taken.Thread == thread)
            {
                return ComesAfter(at, own);
            }
        }

        return false;
    }

    // The execution without the first step and all that comes after it, then the second step: run, to know what each really touches.
    private bool TryReverse(int at, int thread, int end)
    {
        execution.Shape.Copy(path[at].State, replayed);
        var sequence = new List<Step>();
        for (int other = at + 1; other < end; other++)
        {
            if (!ComesAfter(at, other) && !Append(sequence, path[other].Taken.Thread, path[other].Taken.Choice))
            {
                return false;
            }
        }

        if (!Append(sequence, thread, 0)) // its other alternatives are added when it is followed
        {
            return false;
        }

        if (!path[at].Sleeping.Exists(s => WakeupTree.IsWeakInitial(s, sequence, sets)))
        {
            path[at].Left.Insert(sequence, sets, path[at].IsFollowing);
        }

        return true;
    }

    private bool Append(List<Step> sequence, int thread, int choice)
    {
        if (execution.Enabled(replayed, thread) <= choice)
        {
            return false;
        }

        execution.Attach(replayed);
        execution.Run(thread, choice);
        transitions++;
        RefuseWhatItCannotOrder();
        if (execution.Pruned)
        {
            return false;
        }

        sequence.Add(new Step(thread, choice, Touched()));
        return true;
    }
}
